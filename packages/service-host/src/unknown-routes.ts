import { InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { RefusalError } from './problem-details.js';

/**
 * Refuses what no route is for, before a body is read: a path that nothing is served at or that is a whole URL, or a
 * method that its routes lack. Call before any route is added.
 */
export function refuseUnknownRoutes(app: FastifyInstance): void {
  const methodsOf = new Map<string, Set<string>>();
  app.addHook('onRoute', ({ url, method }) => {
    const methods = methodsOf.get(url) ?? new Set();
    for (const each of [method].flat()) methods.add(each);
    methodsOf.set(url, methods);
  });
  app.addHook('onRequest', (request, _, done) => {
    // Whole URLs are for proxies; the name in one would stand against the checked Host.
    if (!request.url.startsWith('/')) throw new InvalidInputError('path', 'must begin with /');
    if (!isUnknown(request)) return done();
    const path = request.url.replace(/[?#].*/s, '');
    const methods = [...methodsOf].flatMap(([url, each]) => (leadsTo(url, path) ? [...each] : []));
    if (methods.length === 0) {
      throw new RefusalError('NOT_FOUND', 'nothing is served here; /openapi.json lists the routes', 'path');
    }
    const allow = [...new Set(methods)].sort().join(', ');
    throw new RefusalError('METHOD_NOT_ALLOWED', `may here be ${allow}`, 'method', { allow });
  });
}

/** Whether nothing is served for a request: the route of preflights, which are answered before, is none. */
export function isUnknown({ is404, routeOptions }: Pick<FastifyRequest, 'is404' | 'routeOptions'>): boolean {
  return is404 || routeOptions.url === '*';
}

function leadsTo(url: string, path: string): boolean {
  return url.endsWith('/*') ? path.startsWith(url.slice(0, -1)) : url === path;
}
