import type { Socket } from 'node:net';
import { type GatewayState, readCall } from './command.js';
import { CommandError } from './command-error.js';
import { commandNamed } from './commands.js';
import { EngineGoneError } from './engine-pool.js';
import { FrameReader, MAX_MESSAGE_BYTES, MalformedFrameError } from './frame-reader.js';
import { decodeRequest, encodeReply } from './op-msg.js';

/** Requests of one connection that may wait for their turn; the socket is not read while there are more. */
const MAX_WAITING = 16;
/** Longest message of a client that has not logged in, in bytes: a login has a few hundred. */
const MAX_STRANGERS_MESSAGE_BYTES = 16_384;

/**
 * One client's connection. Requests are answered one at a time, in the order they came, so a client may send several
 * without waiting; connections don't wait for each other.
 *
 *   reading ──MAX_WAITING requests wait, or the client takes no replies──▶ paused ──caught up──▶ reading
 *      └────── garbage, a lost engine, or the socket closes ──▶ closed
 *
 * A request that is under way when the client vanishes is finished; its reply goes nowhere.
 */
export class ClientConnection {
  readonly #socket: Socket;
  readonly #state: GatewayState;
  readonly #report: (message: string) => void;
  readonly #reader = new FrameReader();
  readonly #waiting: Buffer[] = [];
  #answering: Promise<void> | undefined;

  /**
   * @param socket the connection; owned from now on
   * @param report takes a sentence for the log when the connection had to be closed
   */
  constructor(socket: Socket, state: GatewayState, report: (message: string) => void) {
    this.#socket = socket;
    this.#state = state;
    this.#report = report;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#take(chunk));
    // A reset is how clients vanish; 'close' follows and is all that matters.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#waiting.length = 0;
    });
  }

  /** Closes the connection. Resolves when the request under way is done with. */
  async stop(): Promise<void> {
    this.#socket.destroy();
    await this.#answering;
  }

  #take(chunk: Buffer): void {
    try {
      const longest = this.#state.access.granted ? MAX_MESSAGE_BYTES : MAX_STRANGERS_MESSAGE_BYTES;
      this.#waiting.push(...this.#reader.push(chunk, longest));
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    if (this.#waiting.length > MAX_WAITING) this.#socket.pause();
    if (this.#waiting.length > 0) this.#answering ??= this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    try {
      for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
        await this.#answer(frame);
        if (this.#waiting.length <= MAX_WAITING) this.#socket.resume();
      }
    } catch (error) {
      this.#giveUp(error);
    } finally {
      this.#answering = undefined;
    }
  }

  async #answer(frame: Buffer): Promise<void> {
    const request = decodeRequest(frame);
    let reply: Uint8Array;
    try {
      const call = readCall(request);
      if (!this.#state.access.allows(call.name)) {
        throw new CommandError('Unauthorized', `command ${call.name} requires authentication`);
      }
      const handler = commandNamed(call.name);
      if (handler === undefined) throw new CommandError('CommandNotFound', `no such command: '${call.name}'`);
      reply = await handler(call, this.#state);
    } catch (error) {
      if (error instanceof MalformedFrameError || error instanceof EngineGoneError) throw error;
      reply = this.#refusal(error);
    }
    if (!request.silent) await this.#send(encodeReply(request, reply));
  }

  #refusal(error: unknown): Uint8Array {
    if (error instanceof CommandError) return error.toReply();
    this.#report(`unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
    return new CommandError(
      'InternalError',
      error instanceof Error ? error.message : String(error),
    ).toReply();
  }

  /** Writes a reply, and waits while the client does not take what was written before. */
  async #send([head, body]: [Buffer, Uint8Array]): Promise<void> {
    const socket = this.#socket;
    if (socket.destroyed) return;
    socket.cork();
    socket.write(head);
    const taken = socket.write(body);
    socket.uncork();
    if (taken) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        socket.off('drain', done);
        socket.off('close', done);
        resolve();
      };
      socket.on('drain', done);
      socket.on('close', done);
    });
  }

  /** Closes a connection that can't go on. */
  #giveUp(error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error);
    this.#report(`closed connection ${this.#state.connectionId}: ${reason}`);
    this.#socket.destroy();
  }
}
