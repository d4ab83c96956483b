import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3_1 } from 'openapi-types';
import { PAGE_HEADERS } from '../http/page-policy.js';
import { type PreparedFile, prepareFile, sendPrepared } from '../http/prepared-file.js';
import { documentationPage } from './documentation-page.js';

/**
 * `/openapi.json`: the document; `/docs`: the same as a page to read and try out. Both are for everybody, so they cost
 * as little as a refusal would: they are not counted against the rate limit.
 */
export async function documentationRoutes(
  app: FastifyInstance,
  { document }: { document: OpenAPIV3_1.Document },
): Promise<void> {
  const config = { access: 'public' } as const;
  const serve = (url: string, file: PreparedFile, headers: Readonly<Record<string, string>> = {}) =>
    app.get(url, { config }, async (request, reply) => sendPrepared(file, request, reply.headers(headers)));
  serve('/openapi.json', prepareFile('application/json; charset=utf-8', JSON.stringify(document)));
  serve('/docs', prepareFile('text/html; charset=utf-8', documentationPage(document)), PAGE_HEADERS);
  app.get('/docs/', { config }, async (_, reply) => reply.redirect('../docs', 308));
}
