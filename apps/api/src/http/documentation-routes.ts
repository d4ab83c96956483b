import { securityHeaders } from '@hybrid-sync/service-host';
import type { FastifyInstance } from 'fastify';
import type { OpenAPIV3_1 } from 'openapi-types';
import { documentationPage } from './documentation-page.js';
import { type PreparedFile, prepareFile, sendPrepared } from './prepared-file.js';

/** Of the one style that the page's script brings along as text; its test in a browser tells of any other. */
const STYLE_OF_SCRIPT = "'sha256-RL3ie0nH+Lzz2YNqQN83mnU0J1ot4QL7b99vMdIX99w='";

/** The page loads its own files and calls this api, and nothing else. */
const PAGE_POLICY = {
  defaultSrc: ["'none'"],
  scriptSrc: ["'self'"],
  styleSrc: ["'self'", STYLE_OF_SCRIPT],
  imgSrc: ["'self'", 'data:'],
  connectSrc: ["'self'"],
  baseUri: ["'none'"],
  formAction: ["'none'"],
  frameAncestors: ["'none'"],
};

/**
 * `/openapi.json`: the document; `/docs`: the same as a page to read and try out. Both are for everybody, so they cost
 * as little as a refusal would: they are not counted against the rate limit.
 */
export async function documentationRoutes(
  app: FastifyInstance,
  { document }: { document: OpenAPIV3_1.Document },
): Promise<void> {
  const { page, pageWithSlash, files } = await documentationPage(document);
  const policy = securityHeaders(PAGE_POLICY);
  const config = { access: 'public' } as const;
  const serve = (url: string, file: PreparedFile, headers: Record<string, string> = {}) =>
    app.get(url, { config }, async (request, reply) => sendPrepared(file, request, reply.headers(headers)));
  serve('/openapi.json', prepareFile('application/json; charset=utf-8', JSON.stringify(document)));
  serve('/docs', page, policy);
  serve('/docs/', pageWithSlash, policy);
  for (const [name, file] of files) serve(`/docs/static/${name}`, file);
}
