import { readFile } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import { OwnHttp } from '@hybrid-sync/services/own-http';

/** The modules of installed packages, where an import in a browser finds them. */
const IMPORTS = {
  '@hybrid-sync/client': '/@hybrid-sync/client/dist/index.js',
  '@hybrid-sync/tool-contract/operations': '/@hybrid-sync/tool-contract/dist/operations.js',
};
const PAGE = `<!doctype html><title>An application</title>
<script type="importmap">${JSON.stringify({ imports: IMPORTS })}</script>`;

/**
 * A server of one page that may import the client which is installed in `modules`, the folder `node_modules`, with no bundler
 * between. Browsers take every name that ends with .localhost for this machine, and for an origin of its own.
 */
export function pageServer(modules: string): Promise<OwnHttp> {
  return OwnHttp.start(async ({ url = '/' }, response) => {
    if (!url.endsWith('.js')) return void response.setHeader('content-type', 'text/html').end(PAGE);
    const code = await readFile(join(modules, normalize(url))).catch(() => undefined);
    response.setHeader('content-type', 'text/javascript').writeHead(code === undefined ? 404 : 200);
    response.end(code);
  });
}
