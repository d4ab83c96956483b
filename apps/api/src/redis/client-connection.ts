import type { Socket } from 'node:net';
import {
  ErrorReply,
  ProtocolError,
  type RedisRequest,
  type Reply,
  ReplyWriter,
  type RequestBounds,
  RequestParser,
} from '@hybrid-sync/redis-protocol';
import { type BegunCommand, BegunCommands, type CommandsOwner, MOST_BYTES } from './begun-commands.js';
import type { Client } from './client.js';
import { ClientPatience, type PatienceTerms } from './client-patience.js';
import type { CommandRunner } from './command-runner.js';
import type { FairQueue } from './fair-queue.js';
import { Turns } from './turns.js';

/** Commands that a connection begins before others have their turn, at most; or fewer that have so many bytes together. */
const BEGUN_TOGETHER = 16;
const BYTES_TOGETHER = 64 * 1024;

/** What a connection is made of. */
export interface ConnectionParts {
  readonly socket: Socket;
  readonly client: Client;
  readonly runner: CommandRunner;
  readonly bounds: RequestBounds;
  /** In which connections wait that have commands to begin. */
  readonly queue: FairQueue;
  /** Called with the bytes of what came, and of each reply: it may hold as many more. */
  readonly holdsMore: (bytes: number) => void;
}

/**
 * One connection. What arrives together begins together, and is answered in its order:
 *
 *   bytes ─▶ parser ─▶ its turn among connections ─▶ commands begin ─▶ their places among the answers ─▶ written
 *              ▲                                        └─ as many under way, or as many bytes, as may be
 *              └─ some were answered, and taken ◀──────────────┘
 *
 * So a client that asks without end, or takes no answer, waits, and is not read meanwhile; it holds no more than is written
 * above.
 */
export class ClientConnection implements CommandsOwner {
  readonly client: Client;
  readonly #socket: Socket;
  readonly #runner: CommandRunner;
  readonly #queue: FairQueue;
  readonly #holdsMore: (bytes: number) => void;
  readonly #parser: RequestParser;
  readonly #writer = new ReplyWriter();
  readonly #turns = new Turns();
  readonly #begun = new BegunCommands();
  readonly #patience = new ClientPatience();
  #flushing = false;
  /** The client sends no more; what it sent is done. */
  #sentAll = false;
  /** Nothing more is begun: the client ended, broke the protocol, left, or the process stops. */
  #ending = false;

  constructor({ socket, client, runner, bounds, queue, holdsMore }: ConnectionParts) {
    this.client = client;
    this.#socket = socket;
    this.#runner = runner;
    this.#queue = queue;
    this.#holdsMore = holdsMore;
    this.#parser = new RequestParser(bounds, client.caller !== undefined);
    socket.on('data', (chunk: Buffer) => {
      if (this.#ending) return;
      this.#parser.feed(chunk);
      this.#patience.sent();
      holdsMore(chunk.length);
      // What came before has not had its turn yet: no more of it is kept.
      if (queue.has(this)) socket.pause();
      queue.add(this);
    });
    socket.on('drain', () => {
      this.#nextGoesOn();
      queue.add(this);
    });
    socket.on('end', () => {
      client.left();
      this.#sentAll = true;
      queue.add(this);
    });
    socket.on('close', () => {
      this.#ending = true;
    });
    // Whoever it was is gone; that a connection breaks is no failure of ours.
    socket.on('error', () => socket.destroy());
  }

  /** Bytes that it holds of the process: requests, whole or not, and answers that the client has not taken. */
  get heldBytes(): number {
    const { readableLength, writableLength } = this.#socket;
    return this.#begun.bytes + this.#parser.heldBytes + readableLength + writableLength;
  }

  /** Takes nothing more, and closes when what was begun is answered. */
  finish(): void {
    this.#ending = true;
    this.#flush();
  }

  /** Closes at once. */
  destroy(): void {
    this.#ending = true;
    this.#socket.destroy();
  }

  /** Whether it has made others wait too long at this time of `performance`. */
  isOverdue(now: number, terms: PatienceTerms): boolean {
    const { bytesWritten, writableLength } = this.#socket;
    return this.#patience.isOver(now, terms, {
      takenBytes: bytesWritten - writableLength,
      untakenBytes: writableLength,
      lacksRest: this.#parser.holds && !this.#socket.isPaused(),
      isAnswered: this.#begun.areWritten,
      strangerSince: this.client.caller === undefined ? this.client.connectedAt : undefined,
    });
  }

  /** See {@link FairQueue}. */
  work(): boolean {
    const hasMore = this.#begin();
    if (this.#sentAll && !hasMore && this.#hasRoom()) this.finish();
    if (this.#ending || (!hasMore && this.#hasRoom()) || this.#listens()) this.#socket.resume();
    else this.#socket.pause();
    return hasMore;
  }

  /** Whether its client is heard although nothing of it can begin: that it is gone is known by reading alone. */
  #listens(): boolean {
    return this.client.waits > 0 && this.#parser.heldBytes < MOST_BYTES;
  }

  /** Begins some commands. Returns whether there may be more that can begin at once. */
  #begin(): boolean {
    let bytes = 0;
    try {
      for (let begun = 0; begun < BEGUN_TOGETHER && bytes < BYTES_TOGETHER; begun++) {
        if (this.#ending || !this.#hasRoom()) return false;
        const request = this.#parser.next();
        if (request === undefined) return false;
        this.#patience.whole();
        bytes += request.bytes;
        this.#run(request);
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#ending = true;
      const begun = this.#begun.push(0, this.client.protocol, this);
      begun.replied(new ErrorReply(`ERR ${error.message}`));
    }
    return !this.#ending && this.#parser.holds && this.#hasRoom();
  }

  #hasRoom(): boolean {
    return this.#begun.haveRoom && this.#socket.writableLength < MOST_BYTES;
  }

  #run({ args, bytes, tooLarge }: RedisRequest): void {
    const { client } = this;
    const begun = this.#begun.push(bytes, client.protocol, this);
    if (tooLarge) {
      begun.replied(new ErrorReply('ERR the request is larger than what may be kept'));
      return;
    }
    this.#runner.run(args, client, this.#turns, begun);
    // Only now: HELLO is answered in the version that it chose.
    begun.protocol = client.protocol;
    begun.silent = client.silent > 0;
    if (begun.silent) client.silent--;
    this.#parser.trusted = client.caller !== undefined;
    if (client.leaving) this.#ending = true;
  }

  /** See {@link CommandsOwner}. */
  next(begun: BegunCommand): Promise<void> {
    return new Promise((goOn) => {
      begun.goOn = goOn;
      this.#nextGoesOn();
    });
  }

  #nextGoesOn(): void {
    if (this.#socket.writableLength < MOST_BYTES) this.#begun.nextGoesOn();
  }

  /** See {@link CommandsOwner}. Those whose replies come together are written together. */
  replied(begun: BegunCommand, reply: Reply): void {
    this.#begun.replied(begun, reply);
    this.#holdsMore(begun.replyBytes);
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      this.#flush();
      // There may be room for what is there, or for more.
      if (this.#parser.holds || this.#sentAll || this.#socket.isPaused()) this.#queue.add(this);
    });
  }

  #flush(): void {
    this.#begun.writeTo(this.#writer);
    this.#send();
    this.#nextGoesOn();
    // Whether the other side ends as well is not waited for.
    if (this.#ending && this.#begun.areWritten) this.#socket.destroySoon();
  }

  #send(): void {
    const parts = this.#writer.take();
    if (parts.length === 0 || this.#socket.destroyed) return;
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }
}
