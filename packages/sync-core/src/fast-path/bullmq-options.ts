/**
 * Options of every BullMQ object. BullMQ would ask each Redis for its settings and print a line to standard error about
 * some; cache/redis-safety.ts judges them, once, and says so in the log, the readiness and the metrics. Without asking,
 * BullMQ takes Redis for version 5: it waits in whole seconds, and finds a job's state by an older script.
 */
export const UNCHECKED = { skipVersionCheck: true } as const;
