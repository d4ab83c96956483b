import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import getPort from 'get-port';

/** A service that is not there yet: a port on which nothing listens until {@link LateService.appear}. */
export class LateService {
  /** The service's URL with this port in place of the real address. */
  readonly url: string;
  readonly #port: number;
  readonly #target: { readonly host: string; readonly port: number };
  /** Both ends of every connection, each with the one it leads to. */
  readonly #sockets = new Map<Socket, Socket>();
  #server: Server | undefined;
  #isFrozen = false;

  private constructor(real: URL, port: number) {
    this.#target = { host: real.hostname, port: Number(real.port) };
    this.#port = port;
    this.url = real.href.replace(real.host, `127.0.0.1:${port}`);
  }

  /** `realUrl`: the service that will be found behind the port. */
  static async of(realUrl: string): Promise<LateService> {
    return new LateService(new URL(realUrl), await getPort({ host: '127.0.0.1' }));
  }

  /** From now on the port leads to the real service. */
  async appear(): Promise<void> {
    this.#server = createServer((inbound) => {
      const outbound = connect(this.#target);
      for (const [from, to] of [
        [inbound, outbound],
        [outbound, inbound],
      ] as const) {
        this.#sockets.set(from, to);
        from.on('close', () => this.#sockets.delete(from)).on('error', () => to.destroy());
        if (!this.#isFrozen) from.pipe(to);
      }
    }).listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  /** From now on nothing comes through, on no connection that is up or made, and no one is told. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets.keys()) socket.unpipe().pause();
  }

  /** Lets everything through again, what was held back first. */
  thaw(): void {
    if (!this.#isFrozen) return;
    this.#isFrozen = false;
    for (const [from, to] of this.#sockets) from.pipe(to);
  }

  /** Closes the port and all connections through it. */
  async disappear(): Promise<void> {
    for (const socket of this.#sockets.keys()) socket.destroy();
    if (this.#server === undefined) return;
    this.#server.close();
    await once(this.#server, 'close');
    this.#server = undefined;
  }
}
