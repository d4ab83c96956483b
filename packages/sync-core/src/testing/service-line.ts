import { randomInt } from 'node:crypto';
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

/**
 * The line to a service, which a test can cut:
 *
 *   closed (nothing listens) ─ open() ─▶ open ─ freeze() ─▶ frozen (connections stand, nothing comes through)
 *      ▲                                  ▲ │                  │
 *      └──────────── cut() ───────────────┼─┴──────────────────┤
 *                                         └────── thaw() ──────┘
 */
export class ServiceLine {
  /** The service's URL by way of this line. */
  readonly url: string;
  readonly #port: number;
  readonly #target: { readonly host: string; readonly port: number };
  /** Both ends of every connection, each with the one it leads to. */
  readonly #ends = new Map<Socket, Socket>();
  #server: Server | undefined;
  #frozen = false;

  private constructor(real: URL, port: number) {
    this.#target = { host: real.hostname, port: Number(real.port) };
    this.#port = port;
    this.url = real.href.replace(real.host, `127.0.0.1:${port}`);
  }

  /** A line to the service at this URL, closed at first. */
  static async to(realUrl: string): Promise<ServiceLine> {
    return new ServiceLine(new URL(realUrl), await portThatStaysFree());
  }

  /** Connections that are up. */
  get connections(): number {
    return this.#ends.size / 2;
  }

  async open(): Promise<void> {
    this.#frozen = false;
    this.#server = createServer((inbound) => this.#join(inbound, connect(this.#target)));
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** From now on nothing comes through, and no one is told. */
  freeze(): void {
    this.#frozen = true;
    for (const end of this.#ends.keys()) end.unpipe().pause();
  }

  /** Lets everything through again, what was held back first. */
  thaw(): void {
    this.#frozen = false;
    for (const [end, other] of this.#ends) end.pipe(other);
  }

  /** Breaks every connection, and refuses new ones. */
  async cut(): Promise<void> {
    for (const end of this.#ends.keys()) end.destroy();
    if (this.#server === undefined) return;
    this.#server.close();
    await once(this.#server, 'close');
    this.#server = undefined;
  }

  #join(inbound: Socket, outbound: Socket): void {
    for (const [from, to] of [
      [inbound, outbound],
      [outbound, inbound],
    ] as const) {
      this.#ends.set(from, to);
      from.on('error', () => undefined);
      from.on('close', () => {
        this.#ends.delete(from);
        to.destroy();
      });
      if (!this.#frozen) from.pipe(to);
    }
  }
}

/**
 * A port that no one listens on, below those that the system hands out: one of those may be another connection's by the
 * time the line opens.
 */
async function portThatStaysFree(): Promise<number> {
  for (;;) {
    const port = randomInt(20_000, 30_000);
    const server = createServer().listen(port, '127.0.0.1');
    const free = await once(server, 'listening').then(
      () => true,
      () => false,
    );
    if (!free) continue;
    server.close();
    await once(server, 'close');
    return port;
  }
}
