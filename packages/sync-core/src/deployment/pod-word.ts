import { z } from 'zod';
import type { BreakerState } from '../control/circuit-breaker.js';
import type { Living } from './living.js';

/** What a pod says of itself. */
export interface PodWord {
  /** Batches its worker has in hand. */
  readonly activeThreads: number;
  /** Its worker's concurrency. */
  readonly maxThreads: number;
  readonly circuitBreakers: { readonly fast: BreakerState; readonly outbox: BreakerState };
  /** Whether it has had nothing to write for some time; a pod of a former version does not say. */
  readonly idle?: boolean | undefined;
}

/** A pod that lives. */
export type LivePod = Living<PodWord>;

const breakerState = z.enum(['closed', 'open', 'half-open']);

/** What a {@link PodWord} has to be like. */
export const podWord: z.ZodType<PodWord> = z.object({
  activeThreads: z.int().min(0),
  maxThreads: z.int().min(0),
  circuitBreakers: z.object({ fast: breakerState, outbox: breakerState }),
  idle: z.boolean().optional(),
});
