import type { Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NOBODY } from '../access.js';
import { asBytes, packedAnswer } from '../packing/packed-answer.js';
import { Connections } from './connections.js';
import { areShared } from './shared-bytes.js';
import { UntakenAnswers } from './untaken-answers.js';

/** Bytes of all answers that are written and not yet taken, at most. */
const MAX_UNTAKEN_BYTES = 64 * 1024 * 1024;

/** Characters or bytes from which an answer is large. */
const LARGE = 64 * 1024;

/** Bounds connections and answers, of all callers and of each, and packs large answers. Call before any route is added. */
export function boundConnections(
  app: FastifyInstance,
  { maxConnections, maxConnectionsPerAddress, requestTimeoutMs }: Settings,
): void {
  const connections = new Connections(app.server, {
    max: maxConnections,
    maxPerAddress: maxConnectionsPerAddress,
    takeMs: requestTimeoutMs,
  });
  app.addHook('preClose', async () => connections.closeUnused());
  const untaken = new UntakenAnswers(MAX_UNTAKEN_BYTES);
  app.addHook('onSend', (request, reply, payload, done) => {
    if (payload instanceof Response) {
      const count = (bytes: number) => untaken.part(reply.raw, bytes, payerOf(request));
      return done(null, inCountedParts(payload, count));
    }
    if (!isOfOneAnswer(payload)) return done(null, payload);
    untaken.add(reply.raw, payload.length, payerOf(request));
    const packed = packedAnswer(request, reply, payload);
    // What waits to be taken waits outside of the heap, which is for work.
    if (packed === undefined) return done(null, payload.length < LARGE ? payload : asBytes(payload));
    void packed.then((bytes) => {
      untaken.changed(reply.raw, bytes.length);
      done(null, bytes);
    }, done);
  });
}

/** The same answer; `count` is told the bytes of each of its parts before that is written, when those before are taken. */
function inCountedParts(answer: Response, count: (bytes: number) => void): Response {
  if (answer.body === null) return answer;
  const counter = new TransformStream<Uint8Array, Uint8Array>({
    transform(part, parts) {
      count(part.length);
      parts.enqueue(part);
    },
  });
  return new Response(answer.body.pipeThrough(counter), answer);
}

/** What was made for one answer, and takes memory of its own until that is taken. */
function isOfOneAnswer(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || (Buffer.isBuffer(payload) && !areShared(payload));
}

/** Whom an answer counts for. */
function payerOf({ caller, ip }: FastifyRequest): string {
  return caller === undefined || caller === NOBODY ? ip : caller.name;
}
