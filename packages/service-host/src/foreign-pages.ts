import type { FastifyInstance, FastifyRequest } from 'fastify';
import { isLoopbackAddress } from './loopback.js';
import { RefusalError } from './problem-details.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** Whether the route answers under any name beyond loopback, and without one: probes know addresses only. */
    anyHost?: boolean;
  }
}

const NAMES_OF_THIS_MACHINE: readonly string[] = ['localhost', '127.0.0.1', '[::1]'];

/** What names and pages a server answers to. */
export interface ForeignPageRules {
  /** The address that the server binds to. */
  readonly boundTo: string;
  /** Names beside those of this machine, without a port. */
  readonly allowedHosts: readonly string[];
  /** Origins beside those of this machine. */
  readonly allowedOrigins: readonly string[];
}

/**
 * Refuses requests that a web page elsewhere makes a browser send: a foreign `Origin`, or, by DNS rebinding, a foreign
 * `Host`. The MCP specification asks HTTP servers for both. Beyond loopback a server may be called by names that it does
 * not know; then `Host` is checked only if some are named.
 */
export function refuseForeignPages(app: FastifyInstance, rules: ForeignPageRules): void {
  const hosts = new Set([...NAMES_OF_THIS_MACHINE, ...rules.allowedHosts]);
  const origins = new Set(rules.allowedOrigins);
  const onLoopback = isLoopbackAddress(rules.boundTo);
  const checksHost = onLoopback || rules.allowedHosts.length > 0;
  app.addHook('onRequest', (request, _, done) => {
    const { origin, host } = request.headers;
    if (origin !== undefined && !origins.has(origin) && !isOfThisMachine(origin)) {
      throw new RefusalError(
        'FORBIDDEN',
        'only pages of this machine and of ALLOWED_ORIGINS may call',
        'Origin',
      );
    }
    // An image or a link of a foreign page brings no Origin; browsers say in another way where it comes from.
    if (origin === undefined && request.headers['sec-fetch-site'] === 'cross-site' && !followsLink(request)) {
      throw new RefusalError('FORBIDDEN', 'pages elsewhere may not call', 'Sec-Fetch-Site');
    }
    // What has no Host comes from no browser: HAProxy's probes, for one, have none.
    const anyHost =
      !checksHost || (request.routeOptions.config.anyHost === true && (!onLoopback || nameOf(host) === ''));
    if (!anyHost && !hosts.has(nameOf(host))) {
      throw new RefusalError('FORBIDDEN', 'must be a name of this machine or one of ALLOWED_HOSTS', 'Host');
    }
    done();
  });
}

/** Whether a browser's window is led here, by a link elsewhere, to a page that is for everybody. */
function followsLink({ headers, method, routeOptions }: FastifyRequest): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination = 'document' } = headers;
  const isPublic = routeOptions.config.access === 'public' && (method === 'GET' || method === 'HEAD');
  return isPublic && mode === 'navigate' && destination === 'document';
}

function isOfThisMachine(origin: string): boolean {
  if (!URL.canParse(origin)) return false;
  const { protocol, hostname } = new URL(origin);
  return /^https?:$/.test(protocol) && NAMES_OF_THIS_MACHINE.includes(hostname);
}

/** A Host header's name without its port, in small letters. */
function nameOf(host: string | undefined): string {
  return (host ?? '').replace(/:\d+$/, '').toLowerCase();
}
