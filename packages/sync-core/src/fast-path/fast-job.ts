import { z } from 'zod';
import type { RoutedMutation } from '../mutation.js';
import { JOB_LAYOUT } from './job-layout.js';

/** What a fast job carries. */
export interface FastJob {
  readonly layout?: typeof JOB_LAYOUT | undefined;
  readonly mutations: readonly RoutedMutation[];
}

/** What a fast worker says of a batch. */
export interface FastJobResult {
  /** Mutations that came too late. */
  readonly stale: number;
  /** Keys whose mutation the store refused, and why. */
  readonly failed: readonly (readonly [key: string, reason: string])[];
}

const mutation = z
  .object({
    key: z.string().min(1),
    slot: z.int().min(0),
    version: z.int().min(1),
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
export const fastJob: z.ZodType<FastJob> = z.object({
  layout: z.literal(JOB_LAYOUT).optional(),
  mutations: z.array(mutation),
});

/** What a {@link FastJobResult} has to be like. */
export const fastJobResult: z.ZodType<FastJobResult> = z.object({
  stale: z.int().min(0),
  failed: z.array(z.tuple([z.string(), z.string()])),
});
