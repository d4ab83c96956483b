import type { Logger } from 'pino';
import { RedisFaultError, reasonOf } from '../errors.js';
import { ConfigurationError } from '../permanent-errors.js';

/** Says in the log, once for each kind of fault, that Redis can't be used, and once that it can again. */
export class ToldFaults {
  readonly #redis: string;
  readonly #role: string;
  readonly #log: Logger;
  /** The kind of fault that the log knows of. */
  #told: string | undefined;

  /** `redis`: where it is, without credentials; `role`: of the connection. */
  constructor(redis: string, role: string, log: Logger) {
    this.#redis = redis;
    this.#role = role;
    this.#log = log;
  }

  /** It can't be used. */
  failed(fault: Error): void {
    const known = fault instanceof ConfigurationError || fault instanceof RedisFaultError;
    const kind = known ? fault.message : 'not reachable';
    if (kind === this.#told) return;
    this.#told = kind;
    this.#log.error(
      { redis: this.#redis, role: this.#role, reason: reasonOf(fault) },
      known
        ? 'Redis can not be used as it is; trying again until it can'
        : 'Redis is not reachable; trying again until it is',
    );
  }

  /** It can be used. */
  reachable(): void {
    if (this.#told !== undefined)
      this.#log.info({ redis: this.#redis, role: this.#role }, 'Redis is reachable again');
    this.#told = undefined;
  }
}
