import { z } from 'zod';

/** Where a circuit breaker stands. */
export const breakerState = z.enum(['closed', 'open', 'half-open']);

/** A circuit breaker, and since when it stands there. */
export const breaker = z.object({
  state: breakerState,
  openedAt: z.iso.datetime().optional().describe('When it opened last; absent while closed.'),
  probeAt: z.iso
    .datetime()
    .optional()
    .describe('From when on the next batch is sent as a probe; absent unless open.'),
});
