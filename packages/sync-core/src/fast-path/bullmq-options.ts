import { LONGEST_BLOCK_MS } from '../redis/connection-options.js';

/**
 * Options of every BullMQ object. BullMQ would ask each Redis for its settings and print a line to standard error about
 * some; redis/redis-safety.ts judges them, once, and says so in the log, the readiness and the metrics. Without asking,
 * BullMQ takes Redis for version 5: it waits in whole seconds, and finds a job's state by an older script.
 */
export const UNCHECKED = { skipVersionCheck: true } as const;

/** How long a worker's blocking read asks Redis to wait, in seconds. A line without an answer for longer has gone silent. */
export const WORKER_BLOCK = { drainDelay: LONGEST_BLOCK_MS / 1000 } as const;
/** The same for the reading of events, in milliseconds. */
export const EVENTS_BLOCK = { blockingTimeout: LONGEST_BLOCK_MS } as const;

/** A job whose worker died is given to another one after this time without a sign of life, in milliseconds. */
export const LOCK_MS = 10_000;
