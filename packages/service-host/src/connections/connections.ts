import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { AddressPlaces, type PlaceBounds } from './address-places.js';

/** Requests that may wait on one connection behind the one that is being answered. */
const MAX_WAITING = 16;
/** Longest time between two looks for answers that nobody takes, in milliseconds. */
const LOOK_EVERY_MS = 1000;

/** What bounds the connections of a server. */
export interface ConnectionBounds extends PlaceBounds {
  /** How long a client may take to take a whole answer, in milliseconds. */
  readonly takeMs: number;
}

/** A connection and what is known of it. */
interface Connection {
  /** What is being answered, or was last. */
  answer: ServerResponse | undefined;
  /** Since when that answer, or the part of it that there is, is written and not taken; on the clock of `performance`. */
  untakenSince: number | undefined;
  /** Requests that wait for their turn. */
  waiting: number;
}

/**
 * Bounds what connections can hold of a server, whoever makes them and without a token:
 *
 *   connection ─ too many, of all or of its address ─▶ closed
 *   request ─ another one is being answered ─▶ waits for its turn ─ too many wait ─▶ closed
 *           ─ its turn ─▶ handled ─▶ answer written ─ not taken in time ─▶ closed
 *
 * So a connection holds one answer at most, and no longer than it may take to send a request.
 */
export class Connections {
  readonly #bounds: ConnectionBounds;
  readonly #all = new Map<Socket, Connection>();
  readonly #places: AddressPlaces;
  readonly #handle: RequestListener;
  #looking: NodeJS.Timeout | undefined;

  /** Takes the place of the server's handler of requests, and calls it in turn. */
  constructor(server: Server, bounds: ConnectionBounds) {
    this.#bounds = bounds;
    this.#places = new AddressPlaces(bounds);
    const [handle] = server.listeners('request');
    this.#handle = handle as RequestListener;
    server.removeAllListeners('request');
    server.on('request', (request, response) => this.#arrived(request, response));
    server.on('connection', (socket) => this.#opened(socket));
  }

  /** Connections now. */
  get size(): number {
    return this.#all.size;
  }

  /** Closes those on which nothing was ever asked for: to Node they are not idle, and a close would wait for them. */
  closeUnused(): void {
    for (const socket of this.#all.keys()) if (socket.bytesRead === 0) socket.destroy();
  }

  #opened(socket: Socket): void {
    const giveBack = this.#places.take(socket.remoteAddress ?? '');
    if (giveBack === undefined) {
      socket.destroy();
      return;
    }
    this.#all.set(socket, { answer: undefined, untakenSince: undefined, waiting: 0 });
    this.#look();
    socket.once('close', () => {
      this.#all.delete(socket);
      this.#look();
      giveBack();
    });
  }

  /** Looks again and again as long as there are connections. */
  #look(): void {
    if (this.#all.size === 0) {
      clearInterval(this.#looking);
      this.#looking = undefined;
      return;
    }
    const everyMs = Math.min(LOOK_EVERY_MS, this.#bounds.takeMs);
    this.#looking ??= setInterval(() => this.#closeUntaken(performance.now()), everyMs).unref();
  }

  #arrived(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const connection = this.#all.get(socket);
    // What was read together with the request that the connection was closed for is given out all the same.
    if (connection === undefined || socket.destroyed) return;
    // Node gives a response its socket when those before it are written and taken.
    if (response.socket !== null) this.#begin(connection, request, response);
    else if (connection.waiting >= MAX_WAITING) socket.destroy();
    else {
      connection.waiting++;
      response.once('socket', () => {
        connection.waiting--;
        this.#begin(connection, request, response);
      });
    }
  }

  #begin(connection: Connection, request: IncomingMessage, response: ServerResponse): void {
    connection.answer = response;
    connection.untakenSince = undefined;
    this.#handle(request, response);
  }

  #closeUntaken(now: number): void {
    for (const [socket, connection] of this.#all) {
      const { answer } = connection;
      if (answer === undefined || !isUntaken(answer)) connection.untakenSince = undefined;
      else {
        connection.untakenSince ??= now;
        if (now - connection.untakenSince >= this.#bounds.takeMs) socket.destroy();
      }
    }
  }
}

function isUntaken({ writableEnded, writableFinished, writableNeedDrain }: ServerResponse): boolean {
  return writableNeedDrain || (writableEnded && !writableFinished);
}
