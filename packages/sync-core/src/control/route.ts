import type { SyncMode } from '../config/sync-mode.js';
import type { FallbackReason } from '../mutation.js';

/** What the choice of a route depends on, all read from memory. */
export interface RouteConditions {
  readonly mode: SyncMode;
  readonly highLoad: boolean;
  /** Whether the fast route's circuit breaker lets a batch through. */
  readonly fastBreakerAllows: boolean;
  /** Whether the fast batcher would take the mutation. */
  readonly fastHasRoom: boolean;
}

/** `FAST`, or why the mutation goes to the outbox at once. */
export type Route =
  | 'FAST'
  | Extract<FallbackReason, 'EVENT_ONLY' | 'HIGH_LOAD' | 'BREAKER_OPEN' | 'QUEUE_FULL'>;

/** Chooses a mutation's route. `hybrid` tries the fast path whatever the load, as the guide's manual sync does. */
export function chooseRoute({ mode, highLoad, fastBreakerAllows, fastHasRoom }: RouteConditions): Route {
  if (mode === 'event-only') return 'EVENT_ONLY';
  if (mode === 'adaptive' && highLoad) return 'HIGH_LOAD';
  if (!fastBreakerAllows) return 'BREAKER_OPEN';
  return fastHasRoom ? 'FAST' : 'QUEUE_FULL';
}
