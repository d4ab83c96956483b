import type { SyncMode } from '../config/sync-mode.js';
import type { FallbackReason } from '../mutation.js';
import type { BreakerStanding } from './circuit-breaker.js';
import type { LoadLevel } from './load-state.js';

/** What the choice of a route depends on, all read from memory. */
export interface RouteConditions {
  readonly mode: SyncMode;
  readonly load: LoadLevel;
  /** What the fast route's circuit breaker does with a batch that is sent now. */
  readonly breaker: BreakerStanding;
  /** Whether the fast batcher would take the mutation. */
  readonly hasRoom: boolean;
}

/** Why a mutation is not tried on the fast path. */
export type Detour = Extract<FallbackReason, 'EVENT_ONLY' | 'HIGH_LOAD' | 'BREAKER_OPEN' | 'QUEUE_FULL'>;

/**
 * `FAST`: the fast path. `PROBE`: the outbox, since the breaker is open; but the mutation also goes down the fast path,
 * without anyone waiting, to see whether it works again. Else the outbox, and why.
 */
export type Route = 'FAST' | 'PROBE' | Detour;

/** Chooses a mutation's route. `hybrid` tries the fast path whatever the load, as the guide's manual sync does. */
export function chooseRoute({ mode, load, breaker, hasRoom }: RouteConditions): Route {
  if (mode === 'event-only') return 'EVENT_ONLY';
  // Of load that is not known only the breaker can tell.
  if (mode === 'adaptive' && load === 'high') return 'HIGH_LOAD';
  if (breaker === 'open') return 'BREAKER_OPEN';
  // A batcher whose places are all taken by batches that hang can't send a probe.
  if (breaker === 'probe-due') return hasRoom ? 'PROBE' : 'BREAKER_OPEN';
  return hasRoom ? 'FAST' : 'QUEUE_FULL';
}

/** What becomes of a mutation that the fast path does not bring through. `PROBE`: it stays in the journal, and is sent without anyone waiting. */
export type Fallback = 'OUTBOX' | 'PROBE' | 'JOURNAL';

/** Chooses between the outbox and the journal, by the outbox' circuit breaker and batcher. */
export function chooseFallback(breaker: BreakerStanding, hasRoom: boolean): Fallback {
  if (breaker === 'open' || !hasRoom) return 'JOURNAL';
  return breaker === 'closed' ? 'OUTBOX' : 'PROBE';
}
