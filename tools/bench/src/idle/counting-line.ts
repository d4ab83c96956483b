import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { MongodbCommands } from './mongodb-commands.js';

const HOST = '127.0.0.1';

/** A line to MongoDB on which every command is counted, by its name. */
export class CountingLine {
  /** The server's URL, by way of the line. */
  readonly url: string;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #commands = new Map<string, number>();

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  /** Opens it; the caller stops it. */
  static async open(mongodbUrl: string): Promise<CountingLine> {
    const url = new URL(mongodbUrl);
    const port = Number(url.port);
    const server = createServer({ noDelay: true }, (client) => line.#pass(client, port));
    server.listen(0, HOST);
    await once(server, 'listening');
    url.host = `${HOST}:${(server.address() as AddressInfo).port}`;
    const line = new CountingLine(server, url.href);
    return line;
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#sockets.size / 2;
  }

  /** How many of each command passed since the last call. */
  taken(): ReadonlyMap<string, number> {
    const taken = this.#commands;
    this.#commands = new Map();
    return taken;
  }

  /** Closes it. */
  async stop(): Promise<void> {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #pass(client: Socket, port: number): void {
    const upstream = connect({ host: HOST, port, noDelay: true });
    const commands = new MongodbCommands((name) =>
      this.#commands.set(name, (this.#commands.get(name) ?? 0) + 1),
    );
    for (const [end, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      this.#sockets.add(end);
      end.on('error', () => other.destroy());
      end.on('close', () => {
        this.#sockets.delete(end);
        other.destroy();
      });
    }
    client.on('data', (part: Buffer) => commands.take(part));
    client.pipe(upstream).pipe(client);
  }
}
