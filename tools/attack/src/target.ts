/** What an attacker and the other client know of the pod. */
export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  readonly readToken: string;
  readonly writeToken: string;
}
