/** Whether a process may be sent traffic, and what it waits for. */
export interface Readiness {
  readonly ready: boolean;
  /** Each service: whether it was reached, and where it is looked for (without credentials). */
  readonly checks: Readonly<Record<'redis' | 'mongodb', { readonly ok: boolean; readonly where: string }>>;
}
