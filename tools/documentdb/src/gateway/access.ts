import { beginLogin, ScramError, type ScramUser } from './scram.js';

/** Commands that a client may give before it has logged in: who is there, and the login itself. */
const BEFORE_LOGIN: ReadonlySet<string> = new Set([
  'hello',
  'isMaster',
  'ismaster',
  'ping',
  'buildInfo',
  'buildinfo',
  'connectionStatus',
  'saslStart',
  'saslContinue',
]);

/** The reply to one step of a login. */
export interface LoginStep {
  readonly conversationId: number;
  readonly done: boolean;
  readonly payload: Buffer;
}

/**
 * What one connection may do:
 *
 *   stranger ── start() ──▶ begun ── go(proof) ──▶ proven ── go(nothing) ──▶ granted
 *      ▲                      │ wrong                │ asked to skip the empty step ──▶ granted
 *      └──────────────────────┘
 *
 * A new login, or one that fails, leaves a stranger.
 */
export class Access {
  readonly #user: ScramUser;
  /** Takes the next message of the login under way. */
  #next: ((said: string) => LoginStep) | undefined;
  #granted = false;
  #number = 0;

  /** @param user who may log in */
  constructor(user: ScramUser) {
    this.#user = user;
  }

  /** Whether the client has logged in. */
  get granted(): boolean {
    return this.#granted;
  }

  /** Who has logged in; undefined before. */
  get userName(): string | undefined {
    return this.#granted ? this.#user.name : undefined;
  }

  /** Whether a command may be run now. */
  allows(command: string): boolean {
    return this.#granted || BEFORE_LOGIN.has(command);
  }

  /** Takes a login's first message. @throws ScramError when it is refused */
  start(payload: Buffer, skipsEmptyStep: boolean): LoginStep {
    this.#granted = false;
    this.#next = undefined;
    const { serverFirst, finish } = beginLogin(this.#user, payload.toString());
    this.#number += 1;
    this.#next = (proof) => {
      const serverFinal = finish(proof);
      if (skipsEmptyStep) return this.#grant(serverFinal);
      this.#next = (rest) => {
        if (rest !== '') throw new ScramError('the last step is empty');
        return this.#grant('');
      };
      return this.#step(false, serverFinal);
    };
    return this.#step(false, serverFirst);
  }

  /** Takes the next message of the login that was begun last. @throws ScramError when it is refused */
  go(conversationId: number, payload: Buffer): LoginStep {
    const next = this.#next;
    if (next === undefined || conversationId !== this.#number) throw new ScramError('no such login');
    this.#next = undefined;
    return next(payload.toString());
  }

  #grant(payload: string): LoginStep {
    this.#granted = true;
    return this.#step(true, payload);
  }

  #step(done: boolean, payload: string): LoginStep {
    return { conversationId: this.#number, done, payload: Buffer.from(payload) };
  }
}
