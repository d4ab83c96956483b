import type { IncomingMessage } from 'node:http';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { RefusalError } from './problem-details.js';

/** Header lines that a request may have. */
const MAX_HEADER_LINES = 200;
/** What no client can send; stands for a path that can't be decoded, which the router would answer by itself. */
const UNDECODABLE = '/ undecodable';
/** What a name and a port can't have. Two Host lines arrive joined by a comma. */
const NO_HOST = /[\s,/\\@?#]/;
/** Letters, digits and marks that nobody needs to escape: a rule of a proxy that compares text does not see them. */
const ESCAPED_UNRESERVED = /%(?:2[de]|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i;
/** The same without the dot, which the check of a key in a path knows more of. */
const ESCAPED_IN_KEY = /%(?:2d|3\d|4[1-9a-f]|5[\daf]|6[1-9a-f]|7[\dae])/i;

/** For Fastify's `rewriteUrl`: what can't be decoded is kept from the router, so that all hooks see its request. */
export function decodableUrl({ url = '/' }: Pick<IncomingMessage, 'url'>): string {
  if (!url.includes('%')) return url;
  try {
    decodeURIComponent(url.replace(/\?.*/s, ''));
    return url;
  } catch {
    return UNDECODABLE;
  }
}

/**
 * Refuses a request that a party on the way may have read otherwise than this server does, and whose rules it would get
 * round so: with two Hosts, with more header lines than are looked at, with a body that is packed on the way, which Node
 * does not undo, or with a path that is not in its plain form.
 * Needs {@link decodableUrl}, and a server that joins repeated headers.
 */
export function refuseTwoReadings(app: FastifyInstance): void {
  // Node drops what is over its limit without a word; one more is how it is noticed.
  app.server.maxHeadersCount = MAX_HEADER_LINES + 1;
  app.addHook('onRequest', ({ raw, headers, routeOptions }, _, done) => {
    if (raw.rawHeaders.length > 2 * MAX_HEADER_LINES) {
      throw new RefusalError('HEADERS_TOO_LARGE', `there are more than ${MAX_HEADER_LINES} header lines`);
    }
    if (headers.host !== undefined && NO_HOST.test(headers.host)) {
      throw new RefusalError('INVALID_REQUEST', 'must be one name or address', 'Host');
    }
    const { 'transfer-encoding': packed = 'chunked' } = headers;
    if (packed.toLowerCase() !== 'chunked') {
      throw new RefusalError(
        'INVALID_REQUEST',
        'must be chunked alone; what packs a body is Content-Encoding',
        'Transfer-Encoding',
      );
    }
    const { url = '' } = raw;
    if (url === UNDECODABLE) throw new InvalidInputError('path', 'is not well percent-encoded UTF-8');
    if (url.includes('%')) checkEscapes(url, routeOptions.url?.endsWith('/*') === true);
    done();
  });
}

function checkEscapes(url: string, endsWithKey: boolean): void {
  const path = url.replace(/\?.*/s, '');
  if ((endsWithKey ? ESCAPED_IN_KEY : ESCAPED_UNRESERVED).test(path)) {
    throw new InvalidInputError('path', 'percent-encodes letters, digits or - . _ ~; write them as they are');
  }
}
