import type { Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NOBODY } from '../access.js';
import { bytesOf, packedAnswer } from '../packing/packed-answer.js';
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
  new Connections(app.server, {
    max: maxConnections,
    maxPerAddress: maxConnectionsPerAddress,
    takeMs: requestTimeoutMs,
  });
  const untaken = new UntakenAnswers(MAX_UNTAKEN_BYTES);
  app.addHook('onSend', (request, reply, payload, done) => {
    if (!isOfOneAnswer(payload)) return done(null, payload);
    untaken.add(reply.raw, payload.length, payerOf(request));
    const packed = packedAnswer(request, reply, payload);
    // What waits to be taken waits outside of the heap, which is for work.
    if (packed === undefined) return done(null, payload.length < LARGE ? payload : bytesOf(payload));
    void packed.then((bytes) => {
      untaken.changed(reply.raw, bytes.length);
      done(null, bytes);
    }, done);
  });
}

/** What was made for one answer, and takes memory of its own until that is taken. Of a stream only a part is there. */
function isOfOneAnswer(payload: unknown): payload is string | Buffer {
  return typeof payload === 'string' || (Buffer.isBuffer(payload) && !areShared(payload));
}

/** Whom an answer counts for. */
function payerOf({ caller, ip }: FastifyRequest): string {
  return caller === undefined || caller === NOBODY ? ip : caller.name;
}
