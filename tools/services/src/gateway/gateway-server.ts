import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { ClientConnection } from './client-connection.js';
import { CursorStore } from './cursor-store.js';
import { EnginePool } from './engine-pool.js';

/** Where a gateway listens, and to what it leads. */
export interface GatewayOptions {
  /** TCP port on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** The engine's port on 127.0.0.1. */
  readonly enginePort: number;
  /** Takes one line for the log, now and then. */
  readonly report?: (message: string) => void;
}

/** MongoDB's wire protocol in front of DocumentDB. Listens on 127.0.0.1 only. */
export class GatewayServer {
  readonly #options: GatewayOptions;
  readonly #server: Server;
  readonly #engine: EnginePool;
  readonly #cursors = new CursorStore();
  readonly #connections = new Set<ClientConnection>();
  #connectionsSoFar = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#engine = new EnginePool(options.enginePort);
    this.#server = createServer((socket) => {
      this.#connectionsSoFar += 1;
      const state = {
        engine: this.#engine,
        cursors: this.#cursors,
        connectionId: this.#connectionsSoFar,
      };
      const connection = new ClientConnection(socket, state, options.report ?? (() => undefined));
      this.#connections.add(connection);
      socket.on('close', () => this.#connections.delete(connection));
    });
  }

  /**
   * Starts to listen.
   * @returns the port
   * @throws Error EADDRINUSE when the port is taken
   */
  async start(): Promise<number> {
    this.#server.listen(this.#options.port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    return typeof address === 'object' && address !== null ? address.port : this.#options.port;
  }

  /** Closes every connection, once the requests under way are done, and leaves the engine. */
  async stop(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    await Promise.all([...this.#connections].map((connection) => connection.stop()));
    await closed;
    await this.#engine.stop();
  }
}
