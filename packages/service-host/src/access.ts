import type { Role } from '@hybrid-sync/access-tokens';
import { type Caller, mayAct, type TokenBook } from '@hybrid-sync/access-tokens';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type CallerRefusal, RefusalError } from './problem-details.js';
import { resourceMetadata } from './protected-resource.js';
import { isUnknown } from './unknown-routes.js';

/** Whom a route is for: callers of a role, or everybody. */
export type Access = Role | 'public';

declare module 'fastify' {
  interface FastifyRequest {
    /** Whose token the request bears; where there are no tokens, whoever is on this machine. */
    caller: Caller;
  }
  interface FastifyContextConfig {
    /** Whom the route is for; a route that does not say is for `admin`. */
    access?: Access;
  }
}

/** The caller where there are no tokens. */
export const LOCAL: Caller = { name: 'local', role: 'admin' };
/** The caller of a public route without a valid token. */
export const NOBODY: Caller = { name: 'nobody', role: 'read' };
const BEARER = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i;
const REALM = 'Bearer realm="hybrid-sync"';

/**
 * Lets each request through if its token's role may use its route. An unknown route needs any token, so that nobody
 * else learns which ones there are. `tokens`: undefined where there are none, and everybody may do everything.
 * `publicUrl`: where clients find the service; unless given, what their Host says.
 */
export function requireRole(app: FastifyInstance, tokens: TokenBook | undefined, publicUrl?: string): void {
  app.decorateRequest('caller');
  app.addHook('onRequest', (request, _, done) => {
    const { access = isUnknown(request) ? 'read' : 'admin' } = request.routeOptions.config;
    if (access === 'public') request.caller = tokens === undefined ? LOCAL : anyoneOf(request, tokens);
    else {
      const about = () => resourceMetadata(request, publicUrl);
      request.caller = tokens === undefined ? LOCAL : callerOf(request, tokens, about);
      if (!mayAct(request.caller.role, access)) throw tooLow(request.caller, access, about());
    }
    done();
  });
}

/** For public routes, which refuse nobody, but may tell those with a token more. */
function anyoneOf({ headers: { authorization = '' } }: FastifyRequest, tokens: TokenBook): Caller {
  const token = BEARER.exec(authorization)?.[1];
  const verdict = token === undefined ? 'unknown' : tokens.identify(token);
  return typeof verdict === 'string' ? NOBODY : verdict;
}

function callerOf(request: FastifyRequest, tokens: TokenBook, about: () => string): Caller {
  const { authorization } = request.headers;
  if (authorization === undefined) {
    throw unauthorized('is missing; it must be: Bearer <token>', `${REALM}${about()}`, 'token-missing');
  }
  const invalid = (detail: string, reason: CallerRefusal) =>
    unauthorized(detail, `${REALM}, error="invalid_token", error_description="${detail}"${about()}`, reason);
  const token = BEARER.exec(authorization)?.[1];
  if (token === undefined) throw invalid('must be: Bearer <token>', 'token-malformed');
  const verdict = tokens.identify(token);
  if (verdict === 'unknown') throw invalid('the token is not known', 'token-unknown');
  if (verdict === 'expired') throw invalid('the token has expired', 'token-expired');
  return verdict;
}

function unauthorized(detail: string, challenge: string, reason: CallerRefusal): RefusalError {
  const headers = { 'www-authenticate': challenge };
  return new RefusalError('UNAUTHORIZED', detail, 'Authorization', headers, reason);
}

function tooLow({ name, role }: Caller, needed: Role, about: string): RefusalError {
  return new RefusalError(
    'FORBIDDEN',
    `needs a token with the role ${needed}; "${name}" has the role ${role}`,
    'Authorization',
    { 'www-authenticate': `${REALM}, error="insufficient_scope", scope="${needed}"${about}` },
    'role',
  );
}
