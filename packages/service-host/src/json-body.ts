import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { hasTooManyParts, MAX_PARTS } from './body-parts.js';
import { RefusalError } from './problem-details.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Length of the body as it came, in bytes. */
    bodyBytes: number;
  }
}

/** A body of more parts than are looked at. */
export class TooManyPartsError extends InvalidInputError {
  constructor() {
    super('body', `has more than ${MAX_PARTS} parts: objects, lists, and what they hold`);
  }
}

const COMPRESSED = new RefusalError(
  'UNSUPPORTED_MEDIA_TYPE',
  'a body is taken as it is only',
  'Content-Encoding',
  { 'accept-encoding': 'identity' },
);

const OTHER_CHARSET = new RefusalError(
  'UNSUPPORTED_MEDIA_TYPE',
  'JSON is UTF-8: charset must be utf-8, or left out',
  'Content-Type',
);
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/**
 * Takes bodies of JSON and no others. Bytes that are no UTF-8 are refused rather than replaced: a value would come back
 * as another one. So are keys that change prototypes.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.decorateRequest('bodyBytes', 0);
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding.toLowerCase() !== 'identity') return done(COMPRESSED);
    const charset = CHARSET.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    if (!/^utf-?8$/i.test(charset)) return done(OTHER_CHARSET);
    request.bodyBytes = body.length;
    if (hasTooManyParts(body)) return done(new TooManyPartsError());
    if (isUtf8(body)) void parse(request, body.toString('utf8'), done);
    else done(new InvalidInputError('body', 'must be UTF-8'));
  });
}
