import { isUtf8 } from 'node:buffer';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { hasTooManyParts, MAX_PARTS } from './body-parts.js';
import { unpackedBody } from './packing/unpacked-body.js';
import { RefusalError } from './problem-details.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Length of the body, in bytes; of a packed one, when it is unpacked. */
    bodyBytes: number;
  }
}

/** A body of more parts than are looked at. */
export class TooManyPartsError extends InvalidInputError {
  constructor() {
    super('body', `has more than ${MAX_PARTS} parts: objects, lists, and what they hold`);
  }
}

const OTHER_CHARSET = new RefusalError(
  'UNSUPPORTED_MEDIA_TYPE',
  'JSON is UTF-8: charset must be utf-8, or left out',
  'Content-Type',
);
const FORM = /^application\/x-www-form-urlencoded\b/i;
const NO_TYPE = new RefusalError(
  'UNSUPPORTED_MEDIA_TYPE',
  'must be application/json, or the type that the value is to have; forms are not taken',
  'Content-Type',
);
const CHARSET = /;\s*charset\s*=\s*"?([^";\s]*)/i;

/** A body of any type, as it came. */
export class PlainBody {
  readonly contentType: string;
  readonly bytes: Buffer;
  constructor(contentType: string, bytes: Buffer) {
    this.contentType = contentType;
    this.bytes = bytes;
  }
}

/**
 * Takes bodies of any type beside JSON, each as a {@link PlainBody}, on the routes of `scope`. What curl calls every body
 * that it is told nothing of is refused: whoever sends that meant JSON.
 */
export function takeAnyBodies(scope: FastifyInstance): void {
  scope.addContentTypeParser<Buffer>('*', { parseAs: 'buffer' }, (request, sent, done) => {
    const { 'content-type': contentType = '' } = request.headers;
    if (contentType === '' || FORM.test(contentType)) return done(NO_TYPE);
    try {
      done(null, new PlainBody(contentType, unpacked(request, sent)));
    } catch (error) {
      done(error as Error);
    }
  });
}

/** The bytes of a body, without its packing; counts them. @throws what {@link unpackedBody} throws */
function unpacked(request: FastifyRequest, sent: Buffer): Buffer {
  const body = unpackedBody(sent, request.headers['content-encoding'], request.routeOptions.bodyLimit);
  request.bodyBytes = body.length;
  return body;
}

/**
 * Takes bodies of JSON and no others, as they are or packed. Bytes that are no UTF-8 are refused rather than replaced: a
 * value would come back as another one. So are keys that change prototypes.
 */
export function takeJsonBodies(app: FastifyInstance): void {
  const parse = app.getDefaultJsonParser('error', 'error');
  app.decorateRequest('bodyBytes', 0);
  app.removeAllContentTypeParsers();
  const textOf = (request: FastifyRequest, sent: Buffer) => {
    const charset = CHARSET.exec(request.headers['content-type'] ?? '')?.[1] ?? 'utf-8';
    if (!/^utf-?8$/i.test(charset)) throw OTHER_CHARSET;
    const body = unpacked(request, sent);
    if (hasTooManyParts(body)) throw new TooManyPartsError();
    if (!isUtf8(body)) throw new InvalidInputError('body', 'must be UTF-8');
    return body.toString('utf8');
  };
  app.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (request, sent, done) => {
    let text: string;
    try {
      text = textOf(request, sent);
    } catch (error) {
      return done(error as Error);
    }
    void parse(request, text, done);
  });
}
