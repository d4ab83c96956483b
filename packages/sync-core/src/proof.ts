import { NotReadyError } from './errors.js';
import type { PermanentError } from './permanent-errors.js';

/**
 * Whether MongoDB's database, and the namespace in Redis, are known to be this deployment's:
 *
 *   unproven ─▶ proven ◀─▶ refused
 *
 * Unproven: writes are served and journaled, since MongoDB may only be away, and nothing in it is read or written.
 * Refused: nothing is read or written on either side.
 */
export class Proof {
  #proven = false;
  #refusal: PermanentError | undefined;
  #missing: string | undefined;

  /** Both sides are this deployment's. */
  give(): void {
    this.#proven = true;
    this.#refusal = undefined;
    this.#missing = undefined;
  }

  /** One of the sides is not this deployment's. */
  refuse(refusal: PermanentError): void {
    this.#refusal = refusal;
  }

  /** What keeps the proof from being given, in words that name what to set: a user, a right. */
  misses(what: string): void {
    this.#missing = what;
  }

  /** Why this process may not do its work, or can't prove that it may; undefined where nothing is known against it. */
  get against(): string | undefined {
    return this.#refusal?.message ?? this.#missing;
  }

  /** Whether nothing may be read or written. */
  get refused(): boolean {
    return this.#refusal !== undefined;
  }

  /** Asked before Redis is read or written. @throws PermanentError */
  forbidRefused(): void {
    if (this.#refusal !== undefined) throw this.#refusal;
  }

  /** Asked before MongoDB is read or written. @throws PermanentError, NotReadyError */
  demand(): void {
    this.forbidRefused();
    if (!this.#proven) {
      throw new NotReadyError(
        `that the database of MONGODB_URL is this deployment's is not proven yet${this.#missing === undefined ? '' : `: ${this.#missing}`}`,
      );
    }
  }
}

/** The same object, each of whose methods asks `allowed` first, which throws where it isn't. */
export function onlyWhen<T extends object>(allowed: () => void, object: T): T {
  return new Proxy(object, {
    get(target, name) {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]) => {
        allowed();
        return Reflect.apply(member, target, args);
      };
    },
  });
}
