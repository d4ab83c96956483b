import { ROLES } from '@hybrid-sync/access-tokens';
import type { FastifyInstance, FastifyRequest } from 'fastify';

/** Where RFC 9728 has what a client must know of a resource that needs a token, before the resource's own path. */
const WELL_KNOWN = '/.well-known/oauth-protected-resource';
/** A Host that may stand in a quoted text. */
const PLAIN_HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d+)?$/i;
/** A path that may stand there, and is worth repeating. */
const PLAIN_PATH = /^(?:\/[\w.~-]+)+$/;
const LONGEST_PATH = 200;

/**
 * Serves what RFC 9728 asks of a server with tokens, for the service as a whole and for each of its paths. It names no
 * authorization server: tokens are given out by the operator. `publicUrl`: where clients find the service.
 */
export function describeResource(app: FastifyInstance, publicUrl: string | undefined): void {
  const config = { access: 'public' } as const;
  const describe = (request: FastifyRequest, path: string) => ({
    resource: `${baseOf(request, publicUrl) ?? ''}${path}`,
    resource_name: 'hybrid-sync',
    bearer_methods_supported: ['header'],
    scopes_supported: ROLES,
  });
  app.get(WELL_KNOWN, { config }, async (request) => describe(request, ''));
  app.get<{ Params: { '*': string } }>(`${WELL_KNOWN}/*`, { config }, async (request) => {
    const path = `/${request.params['*']}`;
    // A proxy that keeps the prefix where the RFC has it, behind the well-known part.
    const prefix = publicUrl === undefined ? '' : new URL(publicUrl).pathname.replace(/^\/$/, '');
    return describe(
      request,
      path === prefix || path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path,
    );
  });
}

/** The `resource_metadata` of a challenge, behind a comma: where the above is for what was asked for. */
export function resourceMetadata(request: FastifyRequest, publicUrl: string | undefined): string {
  const base = baseOf(request, publicUrl);
  if (base === undefined) return '';
  const path = request.url.replace(/\?.*/s, '');
  const named = path.length <= LONGEST_PATH && PLAIN_PATH.test(path) ? path : '';
  return `, resource_metadata="${base}${WELL_KNOWN}${named}"`;
}

/** Where the service is for a caller; undefined where neither the settings nor its Host say. */
function baseOf(
  { headers: { host = '' } }: FastifyRequest,
  publicUrl: string | undefined,
): string | undefined {
  return publicUrl ?? (PLAIN_HOST.test(host) ? `http://${host}` : undefined);
}
