/** What an attacker and the other client know of the pod. */
export interface Target {
  /** On 127.0.0.1. */
  readonly port: number;
  /** The same of Redis' protocol. */
  readonly redisPort: number;
  readonly readToken: string;
  readonly writeToken: string;
}
