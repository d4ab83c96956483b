/** What a connection knows of how it stands, for readiness. */
export interface RedisStanding {
  /** It is up, and leads to a server that can be used. */
  readonly ok: boolean;
  /** Milliseconds since Redis last answered anything on it; undefined before the first time. */
  readonly silentMs: number | undefined;
  /** Why it is not `ok`, without credentials and without Redis' own words; undefined while it is. */
  readonly reason: string | undefined;
}
