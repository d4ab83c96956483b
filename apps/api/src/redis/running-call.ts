import type { Reply } from '@hybrid-sync/redis-protocol';
import type { Client } from './client.js';
import { type CommandCall, type CommandHandler, LATER } from './command.js';
import { failureReply } from './command-failure.js';
import type { Turn } from './turns.js';

/** Who asked for a command. */
export interface Asker {
  /** See {@link CommandCall.next}. */
  next(): Promise<void>;
  /** The command has its reply. */
  replied(reply: Reply): void;
}

/** What a call is made of; `ended`: is told each reply, and gives what is answered. */
export interface CallParts {
  readonly name: string;
  readonly client: Client;
  readonly asker: Asker;
  readonly ended: (name: string, reply: Reply) => Reply;
}

/** A command under way: its place among those of its connection ends with its reply. */
export class RunningCall implements CommandCall {
  readonly args: readonly Buffer[];
  readonly keys: readonly string[];
  readonly client: Client;
  readonly #parts: CallParts;
  readonly #turn: Turn | undefined;
  /** Who is told the reply first. */
  #traced: { resolve: (reply: Reply) => void; reject: (error: unknown) => void } | undefined;

  constructor(parts: CallParts, args: readonly Buffer[], keys: readonly string[], turn?: Turn) {
    this.args = args;
    this.keys = keys;
    this.client = parts.client;
    this.#parts = parts;
    this.#turn = turn;
  }

  made(): void {
    this.#turn?.made();
  }

  next(): Promise<void> {
    return this.#parts.asker.next();
  }

  reply(reply: Reply): void {
    if (this.#traced === undefined) this.#end(reply);
    else this.#traced.resolve(reply);
  }

  fail(error: unknown): void {
    if (this.#traced === undefined) this.#end(failureReply(error));
    else this.#traced.reject(error);
  }

  /** Has a handler begin; what it throws is the reply, too. */
  begin(handler: CommandHandler): void {
    try {
      const reply = handler(this);
      if (reply instanceof Promise)
        reply.then((later) => this.reply(later)).catch((error) => this.fail(error));
      else if (reply !== LATER) this.reply(reply);
    } catch (error) {
      this.fail(error);
    }
  }

  /** The same where someone else has to know what comes of it; `trace`: does, and tells it in the end. */
  beginTraced(handler: CommandHandler, trace: (work: () => Promise<Reply>) => Promise<Reply>): void {
    const work = () =>
      new Promise<Reply>((resolve, reject) => {
        this.#traced = { resolve, reject };
        this.begin(handler);
      });
    trace(work).then(
      (reply) => this.#end(reply),
      (error: unknown) => this.#end(failureReply(error)),
    );
  }

  #end(reply: Reply): void {
    this.#turn?.end();
    const { name, asker, ended } = this.#parts;
    asker.replied(ended(name, reply));
  }
}
