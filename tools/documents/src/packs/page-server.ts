import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join, normalize } from 'node:path';

/** The modules of installed packages, where an import in a browser finds them. */
const IMPORTS = {
  '@hybrid-sync/client': '/@hybrid-sync/client/dist/index.js',
  '@hybrid-sync/tool-contract/operations': '/@hybrid-sync/tool-contract/dist/operations.js',
};
const PAGE = `<!doctype html><title>An application</title>
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;

/**
 * A server of one page that may import the client which is installed in `modules`, with no bundler between. Browsers take
 * every name that ends with .localhost for this machine, and for an origin of its own.
 */
export class PageServer {
  readonly port: number;
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
    this.port = (server.address() as AddressInfo).port;
  }

  /** `modules`: the folder `node_modules`. */
  static async start(modules: string): Promise<PageServer> {
    const server = createServer(async ({ url = '/' }, response) => {
      if (!url.endsWith('.js')) return void response.setHeader('content-type', 'text/html').end(PAGE);
      const code = await readFile(join(modules, normalize(url))).catch(() => undefined);
      response.setHeader('content-type', 'text/javascript').writeHead(code === undefined ? 404 : 200);
      response.end(code);
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new PageServer(server);
  }

  stop(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
