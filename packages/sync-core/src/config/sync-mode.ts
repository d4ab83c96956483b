import { z } from 'zod';

/**
 * How a write is brought to the shadow store. `adaptive`: the fast path first, straight to events under high load or
 * an open breaker; `hybrid`: always the fast path first; `event-only`: never the fast path.
 */
export const syncMode = z.enum(['adaptive', 'hybrid', 'event-only']);
/** See {@link syncMode}. */
export type SyncMode = z.infer<typeof syncMode>;
