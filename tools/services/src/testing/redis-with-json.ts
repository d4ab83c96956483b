import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { RequestParser } from '@hybrid-sync/redis-protocol';

/** What a test sends at most, in bytes. */
const BOUNDS = { argumentBytes: 16_000_000, requestBytes: 64_000_000 };

/**
 * A Redis as its clients see it where RedisJSON is loaded: keys that begin with a prefix are documents. Behind it they are
 * strings of a real Redis, where a test sets them; all else goes through. A document answers to `TYPE`, `MEMORY USAGE`
 * and to `JSON.GET` of the whole, and is of the wrong type for what asks for a string.
 */
export class RedisWithJson {
  readonly url: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(url: string, server: Server, sockets: Set<Socket>) {
    this.url = url;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(realUrl: string, prefix: string): Promise<RedisWithJson> {
    const real = new URL(realUrl);
    const sockets = new Set<Socket>();
    const server = createServer({ noDelay: true }, (client) => {
      const service = connect({ host: real.hostname, port: Number(real.port), noDelay: true });
      const parser = new RequestParser(BOUNDS, true);
      client.on('data', (chunk) => {
        parser.feed(chunk);
        for (let request = parser.next(); request !== undefined; request = parser.next()) {
          const command = request.args.map((each) => each.toString('latin1'));
          service.write(written(seenAs(command, prefix)), 'latin1');
        }
      });
      service.pipe(client);
      for (const [socket, other] of [
        [client, service],
        [service, client],
      ] as const) {
        sockets.add(socket);
        socket.on('error', () => {});
        socket.on('close', () => {
          sockets.delete(socket);
          other.destroy();
        });
      }
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const url = realUrl.replace(real.host, `127.0.0.1:${(server.address() as AddressInfo).port}`);
    return new RedisWithJson(url, server, sockets);
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** What a command is for the Redis behind: one that answers the same, or refuses as the module would. */
function seenAs(command: readonly string[], prefix: string): readonly string[] {
  const [name = '', key = ''] = command;
  const document = key.startsWith(prefix);
  switch (name.toUpperCase()) {
    case 'JSON.GET':
      return document ? ['GET', key] : ['LLEN', key];
    case 'TYPE':
      return document ? ['ECHO', 'ReJSON-RL'] : command;
    case 'GET':
    case 'STRLEN':
      return document ? ['LLEN', key] : command;
    default:
      return command;
  }
}

function written(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((each) => `$${each.length}\r\n${each}\r\n`).join('')}`;
}
