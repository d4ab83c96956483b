import { type Caller, mayAct, type Role, type TokenBook } from '@hybrid-sync/access-tokens';
import type { ProtocolVersion } from '@hybrid-sync/redis-protocol';
import { LOCAL, type RefusedCallers } from '@hybrid-sync/service-host';
import type { AnswerTime } from '@hybrid-sync/sync-core';
import { CommandError } from './command-failure.js';
import { OwnWrites } from './own-writes.js';

/** For how long a token that was accepted is not looked up again, in milliseconds. */
const TRUST_MS = 1000;
/** The name that clients give which know of no users. */
const DEFAULT_USER = 'default';
const WRONG_PASSWORD = 'WRONGPASS invalid username-password pair or user is disabled.';
const NO_PASSWORD =
  'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?';

/** Who may call, and where it is noted who may not. */
export interface Doorkeeper {
  /** Undefined where there are no tokens, and everybody on this machine may do everything. */
  readonly tokens: TokenBook | undefined;
  readonly refused: Pick<RefusedCallers, 'note'>;
}

/** A connection as its commands see it: who is at the other end, and what they chose. */
export class Client {
  readonly id: number;
  readonly address: string;
  readonly connectedAt = performance.now();
  /** As CLIENT SETNAME gave it. */
  name = '';
  /** As CLIENT SETINFO gave them. */
  library = { name: '', version: '' };
  /** The command that it sent last. */
  command = '';
  /** When its writes are answered. */
  answerTime: AnswerTime;
  readonly writes = new OwnWrites();
  protocol: ProtocolVersion = 2;
  /** Whether the connection is to be closed when what was asked so far is answered. */
  leaving = false;
  /** How many of its next commands are not answered; Infinity for all of them. */
  silent = 0;
  /** WAITs of it that are under way. */
  waits = 0;
  /** Its connection is not closed for what it holds. */
  mayHold = false;
  readonly #keeper: Doorkeeper;
  readonly #usual: AnswerTime;
  readonly #gone = new AbortController();
  #caller: Caller | undefined;
  /** What the client said by AUTH, so that it is noticed when it is not accepted any more. */
  #token: string | undefined;
  #trustedUntil = 0;

  /** `usual`: when writes are answered unless the client chooses. */
  constructor(id: number, address: string, keeper: Doorkeeper, usual: AnswerTime) {
    this.id = id;
    this.#usual = usual;
    this.answerTime = usual;
    this.address = address;
    this.#keeper = keeper;
    if (keeper.tokens === undefined) this.#caller = LOCAL;
  }

  /** Who it is; undefined before a token was accepted, and when that has expired or was taken away. */
  get caller(): Caller | undefined {
    // The time is asked for only where it counts: this is looked at with every command.
    if (this.#token !== undefined && performance.now() >= this.#trustedUntil) {
      const verdict = this.#keeper.tokens?.identify(this.#token);
      this.#caller = typeof verdict === 'object' ? verdict : undefined;
      this.#trustedUntil = performance.now() + TRUST_MS;
    }
    return this.#caller;
  }

  /** The address that it comes from, without its port. */
  get host(): string {
    return this.address.slice(0, this.address.lastIndexOf(':'));
  }

  /** Aborts when nobody is at the other end any more, or asks for more. */
  get gone(): AbortSignal {
    return this.#gone.signal;
  }

  /** The connection is closed, or its client has ended its side. */
  left(): void {
    this.#gone.abort();
  }

  /**
   * Says who it is, by a token and, unless that is left out or `default`, its name. Where there are no tokens, `default` may give
   * any, as with a Redis without a password. @throws CommandError; it is then who it was
   */
  identify(token: string, name?: string): void {
    const { tokens, refused } = this.#keeper;
    if (tokens === undefined) {
      if (name === DEFAULT_USER) return;
      throw new CommandError(name === undefined ? NO_PASSWORD : WRONG_PASSWORD);
    }
    const verdict = tokens.identify(token);
    const isNamed = typeof verdict === 'object' && [undefined, DEFAULT_USER, verdict.name].includes(name);
    if (!isNamed) {
      refused.note(verdict === 'expired' ? 'token-expired' : 'token-unknown', {
        address: this.address,
        wanted: 'AUTH',
      });
      throw new CommandError(WRONG_PASSWORD);
    }
    this.#caller = verdict;
    this.#token = token;
    this.#trustedUntil = performance.now() + TRUST_MS;
  }

  /** Takes note that a command was refused since there were too many. */
  wasTooFast(command: string): void {
    this.#keeper.refused.note('rate', { caller: this.caller?.name, address: this.address, wanted: command });
  }

  /** @throws CommandError where it has not said who it is, or its role may not do this; `command`: for the refusal */
  demand(needed: Role, command: string): Caller {
    const { caller } = this;
    const { refused } = this.#keeper;
    if (caller === undefined) {
      refused.note('token-missing', { address: this.address, wanted: command });
      throw new CommandError('NOAUTH Authentication required.');
    }
    if (!mayAct(caller.role, needed)) {
      refused.note('role', { caller: caller.name, address: this.address, wanted: command });
      throw new CommandError(
        `NOPERM User ${caller.name} has no permissions to run the '${command}' command: it needs the role ${needed}`,
      );
    }
    return caller;
  }

  /** Forgets what the client chose and who it said it is, as RESET does. */
  reset(): void {
    this.name = '';
    this.protocol = 2;
    this.silent = 0;
    this.mayHold = false;
    this.answerTime = this.#usual;
    this.writes.forget();
    this.#token = undefined;
    this.#caller = this.#keeper.tokens === undefined ? LOCAL : undefined;
  }
}
