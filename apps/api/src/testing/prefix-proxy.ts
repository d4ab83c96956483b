import { once } from 'node:events';
import { createServer, type Server, request as send } from 'node:http';

/** A proxy that serves an api below a path of its own, and does not tell the api of it. */
export class PrefixProxy {
  readonly #server: Server;
  readonly #prefix: string;

  private constructor(server: Server, prefix: string) {
    this.#server = server;
    this.#prefix = prefix;
  }

  /** `prefix`: like `/ops/sync`. */
  static async to(url: string, prefix: string): Promise<PrefixProxy> {
    const server = createServer((request, response) => {
      if (!request.url?.startsWith(`${prefix}/`)) {
        response.writeHead(404).end();
        return;
      }
      const target = new URL(request.url.slice(prefix.length), url);
      const headers = { ...request.headers, host: target.host };
      const passed = send(target, { method: request.method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      passed.on('error', () => response.destroy());
      request.pipe(passed);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PrefixProxy(server, prefix);
  }

  /** Where the api is found, without a slash at the end. */
  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}${this.#prefix}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}
