import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import getPort from 'get-port';
import { LineConnection } from './line-connection.js';

/** How many ports are looked at for one that is free. */
const PORTS_TRIED = 50;

/**
 * The line to a service, for tests of what becomes of its clients when it misbehaves:
 *
 *   closed (nothing listens) ─ open() ─▶ open ─ freeze() ─▶ frozen (connections stand, nothing is read or sent)
 *      ▲                                  ▲ │                  │
 *      └──────────── cut() ───────────────┼─┴──────────────────┤
 *                                         └────── thaw() ──────┘
 *
 * Beside that, single connections can be silenced, new ones led elsewhere, and all of them slowed down.
 */
export class ServiceLine {
  /** The service's URL by way of this line. */
  readonly url: string;
  readonly #port: number;
  #target: Target;
  readonly #tap: (() => (part: Buffer) => void) | undefined;
  readonly #connections = new Set<LineConnection>();
  #server: Server | undefined;
  #frozen = false;
  #bytesPerSecond: number | undefined;

  private constructor(real: URL, port: number, tap?: () => (part: Buffer) => void) {
    this.#tap = tap;
    this.#target = targetOf(real);
    this.#port = port;
    this.url = real.href.replace(real.host, `127.0.0.1:${port}`);
  }

  /**
   * A line to the service at this URL, closed at first. `tap`: called for each connection, whose client's bytes it returns a
   * listener for.
   */
  static async to(realUrl: string, tap?: () => (part: Buffer) => void): Promise<ServiceLine> {
    return new ServiceLine(new URL(realUrl), await portThatStaysFree(), tap);
  }

  /** Connections that are up. */
  get connections(): number {
    return this.#connections.size;
  }

  async open(): Promise<void> {
    this.#frozen = false;
    const server = createServer({ noDelay: true }, (client) => this.#join(client));
    this.#server = server.listen(this.#port, '127.0.0.1');
    await once(server, 'listening');
  }

  /** From now on nothing comes through, on no connection that is up or made, and no one is told. */
  freeze(): void {
    this.#frozen = true;
    for (const connection of this.#connections) connection.freeze();
  }

  /** Lets everything through again, what was held back first. */
  thaw(): void {
    this.#frozen = false;
    for (const connection of this.#connections) connection.thaw();
  }

  /**
   * The connections that are up now, or those of them that `which` picks by the first 4 KiB their client sent, go on
   * taking bytes and forward none, either way, for good. New connections work.
   * @returns how many were silenced
   */
  silence(which: (firstSent: string) => boolean = () => true): number {
    const silenced = [...this.#connections].filter(({ firstSent }) => which(firstSent));
    for (const connection of silenced) connection.silence();
    return silenced.length;
  }

  /** New connections lead to this service from now on; those that are up stay where they are. */
  leadTo(realUrl: string): void {
    this.#target = targetOf(new URL(realUrl));
  }

  /** So many bytes a second come from the service on each connection; undefined: as many as it sends. */
  limit(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond;
    for (const connection of this.#connections) connection.limit(bytesPerSecond);
  }

  /** Breaks every connection; new ones work. */
  reset(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Breaks every connection, and refuses new ones. */
  async cut(): Promise<void> {
    this.reset();
    if (this.#server === undefined) return;
    this.#server.close();
    await once(this.#server, 'close');
    this.#server = undefined;
  }

  #join(client: Socket): void {
    const connection = new LineConnection(client, connect({ ...this.#target, noDelay: true }));
    this.#connections.add(connection);
    if (this.#tap !== undefined) client.on('data', this.#tap());
    connection.onClose(() => this.#connections.delete(connection));
    connection.limit(this.#bytesPerSecond);
    if (this.#frozen) connection.freeze();
  }
}

interface Target {
  readonly host: string;
  readonly port: number;
}

function targetOf(url: URL): Target {
  return { host: url.hostname, port: Number(url.port) };
}

/**
 * A port that no one listens on, below those that the system hands out: one of those may be another connection's by the
 * time the line opens. At random, since many processes look for one at the same time.
 */
function portThatStaysFree(): Promise<number> {
  const tried = Array.from({ length: PORTS_TRIED }, () => randomInt(20_000, 30_000));
  return getPort({ host: '127.0.0.1', port: tried });
}
