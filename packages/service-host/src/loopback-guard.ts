import type { FastifyInstance } from 'fastify';

const LOOPBACK_NAMES = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether an address that a server binds to can be reached from this machine only. */
export function isLoopbackAddress(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Refuses requests that a web page elsewhere makes a browser on this machine send: a foreign `Origin`, or, by DNS
 * rebinding, a foreign `Host`. The MCP specification asks HTTP servers for both. `checkHost` is off where the server is
 * meant to be reached by other names.
 */
export function refuseForeignPages(app: FastifyInstance, checkHost: boolean): void {
  app.addHook('onRequest', async (request, reply) => {
    const { origin, host } = request.headers;
    const refused = (field: string) =>
      reply
        .code(403)
        .send({ error: { code: 'FORBIDDEN', field, message: `${field}: only this machine may call` } });
    if (origin !== undefined && !isLoopbackName(URL.canParse(origin) ? new URL(origin).hostname : origin)) {
      return refused('Origin');
    }
    if (checkHost && (host === undefined || !isLoopbackName(host.replace(/:\d+$/, ''))))
      return refused('Host');
    return undefined;
  });
}

function isLoopbackName(name: string): boolean {
  return LOOPBACK_NAMES.has(name.toLowerCase());
}
