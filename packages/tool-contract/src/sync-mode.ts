import { z } from 'zod';

/**
 * How a write is synced. `adaptive`: the fast path first, straight to events under high load or an open breaker;
 * `hybrid`: the fast path first whatever the load; `event-only`: never the fast path.
 */
export const syncMode = z.enum(['adaptive', 'hybrid', 'event-only']);
