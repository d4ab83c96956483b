import type { Settings } from '@hybrid-sync/sync-core';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { NOBODY } from '../access.js';
import { packedAnswer } from '../packing/packed-answer.js';
import { Connections } from './connections.js';
import { UntakenAnswers } from './untaken-answers.js';

/** Bytes of all answers that are written and not yet taken, at most. */
const MAX_UNTAKEN_BYTES = 64 * 1024 * 1024;

/** Characters from which an answer is large. */
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
    // Text is made for one answer; buffers are there once for all.
    if (typeof payload !== 'string') return done(null, payload);
    untaken.add(reply.raw, payload.length, payerOf(request));
    const packed = packedAnswer(request, reply, payload);
    // What waits to be taken waits outside of the heap, which is for work.
    if (packed === undefined) return done(null, payload.length < LARGE ? payload : Buffer.from(payload));
    void packed.then((bytes) => {
      untaken.changed(reply.raw, bytes.length);
      done(null, bytes);
    }, done);
  });
}

/** Whom an answer counts for. */
function payerOf({ caller, ip }: FastifyRequest): string {
  return caller === undefined || caller === NOBODY ? ip : caller.name;
}
