import { request as send } from 'node:http';
import { OwnHttp } from '@hybrid-sync/services/own-http';

/**
 * A proxy that serves an api below a path of its own, like `/ops/sync`, and does not tell the api of it.
 * @returns where the api is found, without a slash at the end, and what stops the proxy
 */
export async function prefixProxy(
  api: string,
  prefix: string,
): Promise<{ url: string; stop: () => Promise<void> }> {
  const server = await OwnHttp.start((request, response) => {
    if (!request.url?.startsWith(`${prefix}/`)) {
      response.writeHead(404).end();
      return;
    }
    const target = new URL(request.url.slice(prefix.length), api);
    const headers = { ...request.headers, host: target.host };
    const passed = send(target, { method: request.method, headers }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(response);
    });
    passed.on('error', () => response.destroy());
    request.pipe(passed);
  });
  return { url: server.url + prefix, stop: () => server.stop() };
}
