import type { UnsafeSetting } from '../cache/redis-safety.js';

/** Whether a process may be sent traffic, and what it waits for. */
export interface Readiness {
  readonly ready: boolean;
  /** Each service: whether it was reached, and where it is looked for (without credentials). */
  readonly checks: Readonly<Record<'redis' | 'mongodb', { readonly ok: boolean; readonly where: string }>>;
  /** Settings of Redis under which acknowledged writes can be lost; they don't make a process unready. */
  readonly unsafe: readonly UnsafeSetting[];
}
