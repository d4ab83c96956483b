import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

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
      let rest = '';
      client.on('data', (chunk) => {
        const [commands, left] = commandsIn(rest + chunk.toString('latin1'));
        rest = left;
        service.write(commands.map((command) => written(seenAs(command, prefix))).join(''), 'latin1');
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

/** The whole commands that bytes, each a character, begin with, and what is behind them. */
function commandsIn(bytes: string): [commands: string[][], rest: string] {
  const commands: string[][] = [];
  let end = 0;
  for (;;) {
    let at = end;
    const count = (mark: string) => {
      const lineEnd = bytes.indexOf('\r\n', at);
      if (bytes[at] !== mark || lineEnd === -1) return undefined;
      const found = Number(bytes.slice(at + 1, lineEnd));
      at = lineEnd + 2;
      return found;
    };
    const command: string[] = [];
    for (let missing = count('*'); missing !== undefined && missing > 0; missing--) {
      const length = count('$');
      if (length === undefined || bytes.length < at + length + 2) return [commands, bytes.slice(end)];
      command.push(bytes.slice(at, at + length));
      at += length + 2;
    }
    if (at === end) return [commands, bytes.slice(end)];
    commands.push(command);
    end = at;
  }
}

function written(command: readonly string[]): string {
  return `*${command.length}\r\n${command.map((each) => `$${each.length}\r\n${each}\r\n`).join('')}`;
}
