import { z } from 'zod';
import type { BreakerState } from '../control/circuit-breaker.js';

/** What a pod says of itself. */
export interface PodWord {
  /** Batches its worker has in hand. */
  readonly activeThreads: number;
  /** Its worker's concurrency. */
  readonly maxThreads: number;
  readonly circuitBreakers: { readonly fast: BreakerState; readonly outbox: BreakerState };
  /** Whether it has had nothing to write for some time; a pod of a former version does not say. */
  readonly idle?: boolean | undefined;
  /** How its writes went in the last seconds, per second, by what became of them; a pod of a former version does not say. */
  readonly writesPerSec?:
    | Readonly<Record<'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED' | 'refused', number>>
    | undefined;
  /** The time that 99 % of them did not exceed, in milliseconds; null where there were none. */
  readonly p99Ms?: number | null | undefined;
  /** What its writes fail of, and for how long, in milliseconds; null while they succeed, or would. */
  readonly failing?: Failure | null | undefined;
}

/** What fails, and for how long, in milliseconds. */
export interface Failure {
  readonly cause: string;
  readonly forMs: number;
}

/** What a {@link Failure} has to be like. */
export const failure: z.ZodType<Failure> = z.object({ cause: z.string().max(100), forMs: z.number().min(0) });

/** How something fails, for a word; null where it does not. */
export function toldFailure(failing: Failure | undefined): Failure | null {
  return failing === undefined ? null : { cause: failing.cause, forMs: Math.round(failing.forMs) };
}

const rate = z.number().min(0);
const breakerState = z.enum(['closed', 'open', 'half-open']);

/** What a {@link PodWord} has to be like. */
export const podWord: z.ZodType<PodWord> = z.object({
  activeThreads: z.int().min(0),
  maxThreads: z.int().min(0),
  circuitBreakers: z.object({ fast: breakerState, outbox: breakerState }),
  idle: z.boolean().optional(),
  writesPerSec: z
    .object({ ASYNC_THREAD: rate, EVENT_BASED: rate, JOURNALED: rate, refused: rate })
    .optional(),
  p99Ms: z.number().min(0).nullable().optional(),
  failing: failure.nullable().optional(),
});
