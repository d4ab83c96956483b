import { createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:tls';
import type { RequestBounds } from '@hybrid-sync/redis-protocol';
import { AddressPlaces, type Door, type ListenPlace, listenAt } from '@hybrid-sync/service-host';
import type { Metrics, Settings } from '@hybrid-sync/sync-core';
import { Client, type Doorkeeper } from './client.js';
import { ClientConnection } from './client-connection.js';
import type { CommandRunner } from './command-runner.js';
import type { DoorCertificate } from './door-certificate.js';
import { FairQueue } from './fair-queue.js';

/** Time between two looks for connections that make others wait, or hold too much, in milliseconds. */
const LOOK_EVERY_MS = 250;
/** How long connections begin commands in one turn of the event loop, all of them together, in milliseconds. */
const TURN_MS = 2;
/** Which part of what may be held may come, and be answered, before it is looked at again, whatever the time. */
const UNSEEN_PART = 8;
/** How long the answers to what is under way may take, and be taken, when the door closes, in milliseconds. */
const CLOSE_PATIENCE_MS = 5000;
/** How long a silent connection is open before it is asked whether its client still lives, in milliseconds. */
const KEEP_ALIVE_MS = 60_000;

/** What the door is made of. */
export interface RedisDoorParts {
  readonly settings: Pick<
    Settings,
    'maxConnections' | 'maxConnectionsPerAddress' | 'requestTimeoutMs' | 'redisAnswer' | 'redisIdleMs'
  >;
  readonly place: ListenPlace;
  readonly keeper: Doorkeeper;
  readonly runner: CommandRunner;
  readonly bounds: RequestBounds;
  /** Bytes that all connections hold, at most: of requests, whole or not, and of answers that are not taken. */
  readonly maxHeldBytes: number;
  readonly metrics: Pick<Metrics, 'show'>;
  /** By which it speaks TLS; undefined for plain TCP. */
  readonly certificate: DoorCertificate | undefined;
  /** Called when it has closed: what its commands needed may be given up. */
  readonly closed?: (() => void) | undefined;
}

/**
 * The port that speaks Redis' protocol. What connections may hold of the process is bounded, in all and each: too many of
 * them are turned away, and those that make it wait, or hold most of what is not taken, are closed.
 */
export class RedisDoor implements Door {
  readonly #parts: RedisDoorParts;
  readonly #server: Server;
  readonly #tls: TlsServer | undefined;
  readonly #places: AddressPlaces;
  /** All that have a place, spoken on or not. */
  readonly #sockets = new Set<Socket>();
  readonly #connections = new Map<number, ClientConnection>();
  readonly #queue = new FairQueue(TURN_MS);
  #lastId = 0;
  /** What came, and was answered, since what is held was looked at. */
  #unseenBytes = 0;
  #looking: NodeJS.Timeout | undefined;

  constructor(parts: RedisDoorParts) {
    this.#parts = parts;
    this.#places = new AddressPlaces({
      max: parts.settings.maxConnections,
      maxPerAddress: parts.settings.maxConnectionsPerAddress,
    });
    const connections = {
      allowHalfOpen: true,
      noDelay: true,
      keepAlive: true,
      keepAliveInitialDelay: KEEP_ALIVE_MS,
    };
    const { certificate, settings } = parts;
    if (certificate === undefined) this.#server = createServer(connections);
    else {
      const tls = {
        requestCert: certificate.asksClients,
        rejectUnauthorized: certificate.asksClients,
        handshakeTimeout: settings.requestTimeoutMs,
      };
      this.#tls = createTlsServer({ ...connections, ...tls }, (socket) => this.#opened(socket));
      this.#server = this.#tls;
    }
    this.#server.on('connection', (socket) => this.#arrived(socket));
    parts.metrics.show('redisConnections', () => this.#connections.size);
  }

  /** The port that it listens on; undefined before. */
  get port(): number | undefined {
    const address = this.#server.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  /** Connections now. */
  get size(): number {
    return this.#connections.size;
  }

  /** The clients of all connections. */
  *clients(): Iterable<Client> {
    for (const { client } of this.#connections.values()) yield client;
  }

  /** Closes the connection of a client at once. */
  disconnect(client: Client): void {
    this.#connections.get(client.id)?.destroy();
  }

  /** See {@link Door}. */
  async listen(): Promise<void> {
    if (this.#tls !== undefined) this.#parts.certificate?.serve(this.#tls);
    await listenAt(
      this.#parts.place,
      (where) =>
        new Promise<void>((resolve, reject) => {
          this.#server.once('error', reject);
          this.#server.listen(where, () => {
            this.#server.off('error', reject);
            resolve();
          });
        }),
    );
    this.#looking = setInterval(() => this.#closeOverdue(), LOOK_EVERY_MS).unref();
  }

  /** See {@link Door}. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const connection of this.#connections.values()) connection.finish();
    const giveUp = setTimeout(() => {
      for (const socket of this.#sockets) socket.destroy();
    }, CLOSE_PATIENCE_MS);
    await closed;
    clearTimeout(giveUp);
    clearInterval(this.#looking);
    this.#parts.certificate?.stop();
    this.#parts.closed?.();
  }

  /** A connection takes its place before it is spoken on. */
  #arrived(socket: Socket): void {
    const giveBack = this.#places.take(socket.remoteAddress ?? '');
    socket.on('error', () => socket.destroy());
    if (giveBack !== undefined) {
      this.#sockets.add(socket);
      socket.once('close', () => {
        this.#sockets.delete(socket);
        giveBack();
      });
      if (this.#tls === undefined) this.#opened(socket);
    } else if (this.#tls === undefined) {
      socket.end('-ERR max number of clients reached\r\n', () => socket.destroy());
    } else socket.destroy();
  }

  #opened(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const id = ++this.#lastId;
    const { keeper, runner, bounds, settings } = this.#parts;
    const client = new Client(id, `${address}:${socket.remotePort}`, keeper, settings.redisAnswer);
    const holdsMore = (bytes: number) => this.#holdsMore(bytes);
    this.#connections.set(
      id,
      new ClientConnection({ socket, client, runner, bounds, queue: this.#queue, holdsMore }),
    );
    socket.once('close', () => {
      this.#connections.delete(id);
      client.left();
    });
  }

  /** Much can come between two looks, and be answered: what is held may exceed its bound by a small part of it only. */
  #holdsMore(bytes: number): void {
    this.#unseenBytes += bytes;
    if (this.#unseenBytes > this.#parts.maxHeldBytes / UNSEEN_PART) this.#closeOverdue();
  }

  #closeOverdue(): void {
    this.#unseenBytes = 0;
    const now = performance.now();
    const { requestTimeoutMs: patienceMs, redisIdleMs: idleMs } = this.#parts.settings;
    const holding: { readonly connection: ClientConnection; readonly bytes: number }[] = [];
    for (const connection of this.#connections.values()) {
      if (connection.isOverdue(now, { patienceMs, idleMs })) connection.destroy();
      else if (!connection.client.mayHold) holding.push({ connection, bytes: connection.heldBytes });
    }
    let held = holding.reduce((sum, { bytes }) => sum + bytes, 0);
    // The heaviest first, until the others fit.
    for (const { connection, bytes } of holding.sort((one, other) => other.bytes - one.bytes)) {
      if (held <= this.#parts.maxHeldBytes) return;
      connection.destroy();
      held -= bytes;
    }
  }
}
