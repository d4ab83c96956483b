import { z } from 'zod';

/** Where a circuit breaker stands. */
export const breakerState = z.enum(['closed', 'open', 'half-open']);
