import { acceptedType, RefusalError } from '@hybrid-sync/service-host';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { bytesOf, type TypedValue } from '../tools/typed-value.js';
import { plainTag } from './conditions.js';

/** What a tool answers that gives a pair. */
type PairAnswer = Readonly<Record<string, unknown>> & TypedValue & { readonly version: number };

const JSON_TYPE = 'application/json';
/** JSON of any writing. */
const IS_JSON = /^application\/json(?![^;\s])/i;
/** What a value without a type is, where it is asked for as such. */
const TEXT = 'text/plain; charset=utf-8';
/** As what any value may be asked for. */
const ANY_BYTES = 'application/octet-stream';
/** A value may be a page of anybody's: it must not run as one of ours. */
const ALONE = "sandbox; default-src 'none'; frame-ancestors 'none'";

/** Says that another `Accept` may get another answer, beside what else it varies by. */
export function varyByAccept(reply: FastifyReply): void {
  const others = reply.getHeader('vary');
  reply.header('vary', others === undefined ? 'Accept' : `${others}, Accept`);
}

/**
 * Answers a pair as the caller asks for it by `Accept`: as JSON, or its value alone under the value's own type. Who takes
 * anything gets a value with a type alone, and one without as JSON. So who asks for JSON gets the pair, always: a value
 * that is JSON as well must not pass for one.
 * @throws RefusalError where the caller takes neither
 */
export function answerAsAccepted(
  answer: Readonly<Record<string, unknown>>,
  { headers }: FastifyRequest,
  reply: FastifyReply,
): unknown {
  if (!isPair(answer)) throw new TypeError('what is no pair has no plain form');
  const offers = offersOf(answer.contentType);
  const type = acceptedType(headers, offers);
  if (type === JSON_TYPE) return answer;
  if (type === undefined) {
    throw new RefusalError('NOT_ACCEPTABLE', `there is ${offers.join(', ')}`, 'Accept');
  }
  return reply
    .header('etag', plainTag(answer.version))
    .header('content-security-policy', ALONE)
    .header('content-type', type)
    .send(bytesOf(answer));
}

function isPair(answer: Readonly<Record<string, unknown>>): answer is PairAnswer {
  return typeof answer.value === 'string' && typeof answer.version === 'number';
}

function offersOf(own: string | undefined): string[] {
  if (own === undefined) return [JSON_TYPE, TEXT, ANY_BYTES];
  return IS_JSON.test(own) ? [JSON_TYPE, ANY_BYTES] : [own, JSON_TYPE, ANY_BYTES];
}
