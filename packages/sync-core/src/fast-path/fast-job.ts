import { z } from 'zod';
import type { RoutedMutation } from '../mutation.js';
import { JOB_LAYOUT } from './job-layout.js';

/** The layout of the jobs that refer to their mutations. */
const REFERRING_LAYOUT = 2;

/** Mutations in one job at most, as `fast-queue.max-batch-mutations` may be set. */
const MOST_REFERENCES = 10_000;

/** What a job says of a mutation: enough to find its journal entry, and the trace, which is in none. */
export type MutationReference = readonly [
  slot: number,
  version: number,
  key: string,
  traceparent?: string | undefined,
];

/** A job that says which mutations it is about; their values are with the pod that sent it, and in the journal. */
export interface ReferringJob {
  readonly layout: typeof REFERRING_LAYOUT;
  readonly references: readonly MutationReference[];
}

/** A job that carries its mutations whole, as version 0.1.0 sends it. */
export interface CarryingJob {
  readonly layout?: typeof JOB_LAYOUT | undefined;
  readonly mutations: readonly RoutedMutation[];
}

/** What a fast job says. */
export type FastJob = ReferringJob | CarryingJob;

/** What a fast worker says of a batch. */
export interface FastJobResult {
  /** Mutations that came too late. */
  readonly stale: number;
  /** Keys whose mutation is not through, and why: the store refused it, or it could not be found. */
  readonly failed: readonly (readonly [key: string, reason: string])[];
}

/** The job of a batch. Its size does not grow with the values. */
export function referringJob(mutations: readonly RoutedMutation[]): ReferringJob {
  const references = mutations.map(
    ({ slot, version, key, traceparent }): MutationReference =>
      traceparent === undefined ? [slot, version, key] : [slot, version, key, traceparent],
  );
  return { layout: REFERRING_LAYOUT, references };
}

const slot = z.int().min(0);
const version = z.int().min(1);
const key = z.string().min(1);

const mutation = z
  .object({
    key,
    slot,
    version,
    op: z.enum(['set', 'del']),
    value: z.string().optional(),
    expireAt: z.number().positive().optional(),
    ttlSec: z.number().nonnegative().optional(),
    sessionId: z.string().optional(),
    interactionId: z.string().optional(),
    fallbackReason: z
      .enum([
        'TIMEOUT',
        'QUEUE_FULL',
        'FAST_PATH_FAILED',
        'HIGH_LOAD',
        'BREAKER_OPEN',
        'EVENT_ONLY',
        'RECOVERED',
      ])
      .optional(),
    traceparent: z.string().optional(),
  })
  .refine(({ op, value }) => (op === 'set') === (value !== undefined));

/** What a {@link FastJob} has to be like. */
export const fastJob: z.ZodType<FastJob> = z.discriminatedUnion('layout', [
  z.object({
    layout: z.literal(REFERRING_LAYOUT),
    references: z.array(z.tuple([slot, version, key, z.string().optional()])).max(MOST_REFERENCES),
  }),
  z.object({ layout: z.literal(JOB_LAYOUT).optional(), mutations: z.array(mutation) }),
]);

/** What a {@link FastJobResult} has to be like. */
export const fastJobResult: z.ZodType<FastJobResult> = z.object({
  stale: z.int().min(0),
  failed: z.array(z.tuple([z.string(), z.string()])),
});
