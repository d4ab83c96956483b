import { once } from 'node:events';
import { createServer, type Server } from 'node:net';
import { Access } from './access.js';
import { ClientConnection } from './client-connection.js';
import { CursorStore } from './cursor-store.js';
import { EnginePool } from './engine-pool.js';
import { scramUser } from './scram.js';

/** The one user there is. */
export const GATEWAY_USER = 'hybrid-sync';

/** Where a gateway listens, and to what it leads. */
export interface GatewayOptions {
  /** TCP port on 127.0.0.1; 0 for any free one. */
  readonly port: number;
  /** The engine's port on 127.0.0.1. */
  readonly enginePort: number;
  /** What clients have to know, as the user {@link GATEWAY_USER}. */
  readonly password: string;
  /** The engine's password; asked for whenever a connection to the engine is made. */
  readonly enginePassword?: () => Promise<string | undefined>;
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
  readonly #throttled = new Set<string>();
  #connectionsSoFar = 0;

  constructor(options: GatewayOptions) {
    this.#options = options;
    this.#engine = new EnginePool(options.enginePort, options.enginePassword);
    const user = scramUser(GATEWAY_USER, options.password);
    this.#server = createServer((socket) => {
      this.#connectionsSoFar += 1;
      const state = {
        engine: this.#engine,
        cursors: this.#cursors,
        throttled: this.#throttled,
        access: new Access(user),
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

  /**
   * From now on each insert and update of these collections is refused with write errors 16500, one per operation, as a
   * throttled store does; of no other ones.
   */
  throttle(collections: readonly string[]): void {
    this.#throttled.clear();
    for (const collection of collections) this.#throttled.add(collection);
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
