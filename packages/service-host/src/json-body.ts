import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { RefusalError } from './problem-details.js';

const COMPRESSED = new RefusalError(
  'UNSUPPORTED_MEDIA_TYPE',
  'a body is taken as it is only',
  'Content-Encoding',
  { 'accept-encoding': 'identity' },
);

/**
 * Takes bodies of JSON and no others. Bytes that are no UTF-8 are refused rather than replaced: a value would come back
 * as another one. So are keys that change prototypes.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.removeAllContentTypeParsers();
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    const { 'content-encoding': encoding = 'identity' } = request.headers;
    if (encoding.toLowerCase() !== 'identity') return done(COMPRESSED);
    if (isUtf8(body)) void parse(request, body.toString('utf8'), done);
    else done(new InvalidInputError('body', 'must be UTF-8'));
  });
}
