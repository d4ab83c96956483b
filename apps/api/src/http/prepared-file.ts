import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';

/** A file for everybody, made once and held in memory: however many ask for it, it is there once. */
export interface PreparedFile {
  readonly type: string;
  readonly content: Buffer;
  /** Changes with the content. */
  readonly etag: string;
}

/** Prepares a file. `type`: its media type. */
export function prepareFile(type: string, content: Buffer | string): PreparedFile {
  const bytes = Buffer.from(content);
  const etag = `"${createHash('sha256').update(bytes).digest('base64url').slice(0, 22)}"`;
  return { type, content: bytes, etag };
}

/** Asked for again each time, and sent only where it has changed: after an update no old script meets a new page. */
export function sendPrepared(file: PreparedFile, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  reply.headers({ 'cache-control': 'no-cache', etag: file.etag });
  if (request.headers['if-none-match'] === file.etag) return reply.code(304).send();
  return reply.type(file.type).send(file.content);
}
