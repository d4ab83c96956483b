import type { Socket } from 'node:net';
import {
  ErrorReply,
  ProtocolError,
  type ProtocolVersion,
  type Reply,
  ReplyWriter,
  type Request,
  type RequestBounds,
  RequestParser,
  replyBytes,
} from '@hybrid-sync/redis-protocol';
import type { Client } from './client.js';
import type { CommandRunner } from './command-runner.js';
import { Turns } from './turns.js';

/** Commands of one connection that are under way, at most. */
const MOST_UNDER_WAY = 256;
/** The same at its beginning, and after a large answer: how large those are that it will get, nobody knows before. */
const FEW_UNDER_WAY = 16;
/** Bytes from which an answer is large. */
const LARGE = 64 * 1024;
/** Bytes of its requests and replies at which no more of its commands begin. */
const MOST_BYTES = 1024 * 1024;

/** How long a connection begins commands while others wait, in milliseconds; looked at after so many of them. */
const TURN_MS = 2;
const LOOKED_AT_AFTER = 16;

/** A command that was begun, and its reply once there is one. */
interface Answer {
  readonly requestBytes: number;
  reply: Reply | undefined;
  /** It is not written: the client asked for none. */
  silent: boolean;
  replyBytes: number;
  /** Has it go on, where it waits until it is the next to be written. */
  goOn: (() => void) | undefined;
  protocol: ProtocolVersion;
}

/** What a connection is made of. */
export interface ConnectionParts {
  readonly socket: Socket;
  readonly client: Client;
  readonly runner: CommandRunner;
  readonly bounds: RequestBounds;
}

/**
 * One connection. What arrives together begins together, and is answered in its order:
 *
 *   bytes ─▶ parser ─▶ command begins ─▶ its place among the answers ─ all before it have theirs ─▶ written
 *              ▲            └─ as many under way, or as many bytes, as may be ─▶ the socket is read no more
 *              └──────────────────────────── some were answered, and taken ◀─────────┘
 *
 * So a client that asks without end, or takes no answer, waits; it holds no more than is written above.
 */
export class ClientConnection {
  readonly client: Client;
  readonly #socket: Socket;
  readonly #runner: CommandRunner;
  readonly #parser: RequestParser;
  readonly #writer = new ReplyWriter();
  readonly #turns = new Turns();
  /** In the order of their commands. */
  #answers: Answer[] = [];
  /** How many of them, at the front, are written. */
  #written = 0;
  #bytes = 0;
  #mostUnderWay = FEW_UNDER_WAY;
  #flushing = false;
  /** It has begun commands for long enough, and goes on when others had their turn. */
  #waitsForOthers = false;
  /** Nothing more is taken: the client ended, broke the protocol, left, or the process stops. */
  #ending = false;
  #sentAt = performance.now();
  #partSince: number | undefined;
  #untaken: { readonly taken: number; readonly since: number } | undefined;

  constructor({ socket, client, runner, bounds }: ConnectionParts) {
    this.client = client;
    this.#socket = socket;
    this.#runner = runner;
    this.#parser = new RequestParser(bounds, client.caller !== undefined);
    socket.on('data', (chunk: Buffer) => {
      if (this.#ending) return;
      this.#parser.feed(chunk);
      this.#sentAt = performance.now();
      this.#begin();
    });
    socket.on('drain', () => {
      this.#nextGoesOn();
      this.#begin();
    });
    socket.on('end', () => {
      client.left();
      this.finish();
    });
    // Whoever it was is gone; that a connection breaks is no failure of ours.
    socket.on('error', () => socket.destroy());
  }

  /** Bytes that it holds of the process: requests, whole or not, and answers that the client has not taken. */
  get heldBytes(): number {
    return this.#bytes + this.#parser.heldBytes + this.#socket.writableLength;
  }

  /** Takes nothing more, and closes when what was begun is answered. */
  finish(): void {
    this.#ending = true;
    this.#flush();
  }

  /** Closes at once. */
  destroy(): void {
    this.#socket.destroy();
  }

  /**
   * Whether it has made others wait too long at this time of `performance`: for an answer to be taken, for the rest of a
   * request, or for who it is; `patienceMs` for each. Or it has asked for nothing for longer than `idleMs`, where that is
   * not 0, and has all its answers.
   */
  isOverdue(now: number, patienceMs: number, idleMs: number): boolean {
    if (idleMs > 0 && this.#answers.length === 0 && now - this.#sentAt > idleMs) return true;
    if (this.client.caller === undefined && now - this.client.connectedAt > patienceMs) return true;
    const taken = this.#socket.bytesWritten - this.#socket.writableLength;
    if (this.#socket.writableLength === 0) this.#untaken = undefined;
    else if (this.#untaken?.taken !== taken) this.#untaken = { taken, since: now };
    if (this.#untaken !== undefined && now - this.#untaken.since > patienceMs) return true;
    this.#partSince =
      this.#parser.holds && !this.#socket.isPaused() ? (this.#partSince ?? this.#sentAt) : undefined;
    return this.#partSince !== undefined && now - this.#partSince > patienceMs;
  }

  #begin(): void {
    if (this.#waitsForOthers) return;
    const since = performance.now();
    try {
      for (let begun = 1; !this.#ending && this.#hasRoom(); begun++) {
        const request = this.#parser.next();
        if (request === undefined) break;
        this.#partSince = undefined;
        this.#run(request);
        if (begun % LOOKED_AT_AFTER === 0 && performance.now() - since > TURN_MS) {
          this.#letOthers();
          break;
        }
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#ending = true;
      this.#answered(this.#push(0), new ErrorReply(`ERR ${error.message}`));
    }
    if (this.#ending || (this.#hasRoom() && !this.#waitsForOthers)) this.#socket.resume();
    else this.#socket.pause();
  }

  #letOthers(): void {
    this.#waitsForOthers = true;
    setImmediate(() => {
      this.#waitsForOthers = false;
      this.#begin();
    });
  }

  #hasRoom(): boolean {
    return (
      this.#answers.length - this.#written < this.#mostUnderWay &&
      this.#bytes < MOST_BYTES &&
      this.#socket.writableLength < MOST_BYTES
    );
  }

  #run({ args, bytes, tooLarge }: Request): void {
    const answer = this.#push(bytes);
    if (tooLarge) {
      this.#answered(answer, new ErrorReply('ERR the request is larger than what may be kept'));
      return;
    }
    const reply = this.#runner.run(args, this.client, this.#turns, () => this.#next(answer));
    // Only now: HELLO is answered in the version that it chose.
    answer.protocol = this.client.protocol;
    answer.silent = this.client.silent > 0;
    if (answer.silent) this.client.silent--;
    this.#parser.trusted = this.client.caller !== undefined;
    if (this.client.leaving) this.#ending = true;
    if (!(reply instanceof Promise)) this.#answered(answer, reply);
    else void reply.then((later) => this.#answered(answer, later));
  }

  /** Resolves when a command that was begun is the next whose reply is written, and those before it are taken. */
  #next(answer: Answer): Promise<void> {
    return new Promise((goOn) => {
      answer.goOn = goOn;
      this.#nextGoesOn();
    });
  }

  #nextGoesOn(): void {
    const next = this.#answers[this.#written];
    if (this.#socket.writableLength < MOST_BYTES) next?.goOn?.();
  }

  #push(requestBytes: number): Answer {
    const { protocol } = this.client;
    const answer: Answer = {
      requestBytes,
      reply: undefined,
      silent: false,
      replyBytes: 0,
      goOn: undefined,
      protocol,
    };
    this.#answers.push(answer);
    this.#bytes += requestBytes;
    return answer;
  }

  #answered(answer: Answer, reply: Reply): void {
    answer.reply = reply;
    answer.replyBytes = replyBytes(reply);
    this.#bytes += answer.replyBytes;
    this.#mostUnderWay =
      answer.replyBytes >= LARGE ? FEW_UNDER_WAY : Math.min(MOST_UNDER_WAY, this.#mostUnderWay + 1);
    this.#flushSoon();
  }

  /** Those whose replies come together are written together. */
  #flushSoon(): void {
    if (this.#flushing) return;
    this.#flushing = true;
    process.nextTick(() => {
      this.#flushing = false;
      this.#flush();
      // What is answered at once would be begun without end while others wait.
      if (this.#parser.holds && this.#answers.length === 0) this.#letOthers();
      else this.#begin();
    });
  }

  #flush(): void {
    let answer = this.#answers[this.#written];
    while (answer?.reply !== undefined) {
      if (!answer.silent) this.#writer.write(answer.reply, answer.protocol);
      this.#bytes -= answer.requestBytes + answer.replyBytes;
      this.#written++;
      answer = this.#answers[this.#written];
    }
    if (this.#written > MOST_UNDER_WAY || answer === undefined) {
      this.#answers = this.#answers.slice(this.#written);
      this.#written = 0;
    }
    this.#send();
    this.#nextGoesOn();
    // Whether the other side ends as well is not waited for.
    if (this.#ending && this.#answers.length === 0) this.#socket.destroySoon();
  }

  #send(): void {
    const parts = this.#writer.take();
    if (parts.length === 0 || this.#socket.destroyed) return;
    this.#socket.cork();
    for (const part of parts) this.#socket.write(part);
    this.#socket.uncork();
  }
}
