import type { FastifyReply, FastifyRequest } from 'fastify';
import { acceptedPacking, packedTag } from './accepted-packing.js';
import { pack } from './pack.js';

/** Characters or bytes from which an answer is packed: to pack a smaller one takes longer than to send it. */
const PACKED_FROM = 4096;
/** Bytes of other types are mostly packed already, like pictures. */
const IS_TEXT = /^text\/|[/+](?:json|xml|yaml|javascript|x-ndjson)\b/i;

/**
 * An answer packed as its caller likes it, with the headers that say so; undefined where it goes as it is, since it is
 * small, no text, or the caller takes it in no other way. It is packed whole: what is sent in parts, nobody could count
 * while it is untaken, or close when its time is up.
 */
export function packedAnswer(
  { headers }: Pick<FastifyRequest, 'headers'>,
  reply: FastifyReply,
  answer: string | Buffer,
): Promise<Buffer> | undefined {
  if (answer.length < PACKED_FROM) return undefined;
  if (typeof answer !== 'string' && !IS_TEXT.test(String(reply.getHeader('content-type')))) return undefined;
  varyByEncoding(reply);
  const packing = acceptedPacking(headers);
  if (packing === undefined) return undefined;
  const etag = reply.getHeader('etag');
  if (typeof etag === 'string') reply.header('etag', packedTag(etag, packing));
  reply.header('content-encoding', packing);
  return pack(asBytes(answer), packing, 'each');
}

/** An answer as bytes. */
export function asBytes(answer: string | Buffer): Buffer {
  return typeof answer === 'string' ? Buffer.from(answer) : answer;
}

/** Says that the same request may get other bytes, beside what else the answer varies by. */
export function varyByEncoding(reply: FastifyReply): void {
  const others = reply.getHeader('vary');
  reply.header('vary', others === undefined ? 'Accept-Encoding' : `${others}, Accept-Encoding`);
}
