import { ScramError, ScramLogin, type ScramUser } from './scram.js';

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
  #login: ScramLogin | undefined;
  #skipsEmptyStep = false;
  #proven = false;
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
    this.#reset();
    const login = new ScramLogin(this.#user);
    const answer = login.begin(payload.toString());
    this.#login = login;
    this.#skipsEmptyStep = skipsEmptyStep;
    this.#number += 1;
    return this.#step(false, answer);
  }

  /** Takes the next message of the login that was begun last. @throws ScramError when it is refused */
  go(conversationId: number, payload: Buffer): LoginStep {
    const login = this.#login;
    if (login === undefined || conversationId !== this.#number) throw new ScramError('no such login');
    if (this.#proven) {
      if (payload.length > 0) throw this.#refused('the last step is empty');
      this.#grant();
      return this.#step(true, '');
    }
    let answer: string;
    try {
      answer = login.finish(payload.toString());
    } catch (error) {
      this.#reset();
      throw error;
    }
    this.#proven = true;
    if (this.#skipsEmptyStep) this.#grant();
    return this.#step(this.#granted, answer);
  }

  #grant(): void {
    this.#reset();
    this.#granted = true;
  }

  #refused(why: string): ScramError {
    this.#reset();
    return new ScramError(why);
  }

  #reset(): void {
    this.#login = undefined;
    this.#proven = false;
    this.#granted = false;
  }

  #step(done: boolean, payload: string): LoginStep {
    return { conversationId: this.#number, done, payload: Buffer.from(payload) };
  }
}
