import { createHash } from 'node:crypto';
import {
  acceptedPacking,
  type Packing,
  pack,
  packedTag,
  share,
  varyByEncoding,
} from '@hybrid-sync/service-host';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** Bytes from which a file is packed: a smaller one is a packet or two as it is. */
const PACKED_FROM = 1024;

/** A file for everybody, made once and held in memory: however many ask for it, it is there once. */
export interface PreparedFile {
  readonly type: string;
  readonly content: Buffer;
  /** Of the content as it is; changes with it. */
  readonly etag: string;
  /** The content packed, from when it was first asked for. */
  readonly packed: Map<Packing, Promise<Buffer>>;
}

/** Prepares a file. `type`: its media type. */
export function prepareFile(type: string, content: Buffer | string): PreparedFile {
  const bytes = share(Buffer.from(content));
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { type, content: bytes, etag, packed: new Map() };
}

/** Asked for again each time, and sent only where it has changed: after an update no old script meets a new page. */
export async function sendPrepared(
  file: PreparedFile,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const packing = file.content.length < PACKED_FROM ? undefined : acceptedPacking(request.headers);
  const etag = packing === undefined ? file.etag : packedTag(file.etag, packing);
  varyByEncoding(reply.headers({ 'cache-control': 'no-cache', etag }));
  if (request.headers['if-none-match']?.includes(etag)) return reply.code(304).send();
  reply.type(file.type);
  if (packing === undefined) return reply.send(file.content);
  return reply.header('content-encoding', packing).send(await packedOnce(file, packing));
}

function packedOnce({ content, packed }: PreparedFile, packing: Packing): Promise<Buffer> {
  const before = packed.get(packing);
  if (before !== undefined) return before;
  const bytes = pack(content, packing, 'once').then(share);
  packed.set(packing, bytes);
  return bytes;
}
