import { once } from 'node:events';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** An HTTP server of a test's own, on a free port of the loopback. */
export class OwnHttp {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Starts one that answers so; resolves when it listens. */
  static async start(answer: RequestListener): Promise<OwnHttp> {
    const server = createServer(answer).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new OwnHttp(server);
  }

  /** Without a slash at its end. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Ends it, with the connections that are up; does nothing when it has ended. */
  async stop(): Promise<void> {
    if (!this.#server.listening) return;
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
