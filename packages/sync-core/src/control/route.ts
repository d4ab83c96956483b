import type { Settings } from '../config/settings.js';
import type { SyncMode } from '../config/sync-mode.js';
import { type FallbackReason, type Mutation, mutationBytes } from '../mutation.js';
import type { BreakerStanding, CircuitBreaker } from './circuit-breaker.js';
import type { LoadLevel, LoadView } from './load-state.js';
import { PrefixSet } from './prefix-set.js';

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

/** What is asked of one of the two ways to MongoDB. */
export interface RouterPath {
  readonly breaker: Pick<CircuitBreaker, 'standing'>;
  /** Whether its batcher would take a mutation of so many bytes. */
  readonly batcher: { hasRoom(bytes: number): boolean };
}

/** The modes of writes that ask for none. */
export type ModeRule = Pick<Settings, 'mode' | 'eventOnlyPrefixes' | 'fastPathPaused'>;

/** What a {@link Router} looks at. */
export interface RouterParts {
  readonly settings: () => ModeRule;
  readonly load: LoadView;
  readonly fast: RouterPath;
  readonly outbox: RouterPath;
}

/** Chooses the route of each mutation, from memory. */
export class Router {
  readonly #parts: RouterParts;
  #prefixes: { readonly of: ModeRule['eventOnlyPrefixes']; readonly set: PrefixSet };

  constructor(parts: RouterParts) {
    this.#parts = parts;
    this.#prefixes = prefixesOf(parts.settings().eventOnlyPrefixes);
  }

  /**
   * The mode of a write. `asked`: the one that the call asked for, which is stronger than all settings but a pause of the
   * fast path.
   */
  modeOf(key: string, asked?: SyncMode): SyncMode {
    const { mode, eventOnlyPrefixes, fastPathPaused } = this.#parts.settings();
    if (fastPathPaused) return 'event-only';
    if (asked !== undefined) return asked;
    // Made anew only when it has changed: this is asked for with every write.
    if (eventOnlyPrefixes !== this.#prefixes.of) this.#prefixes = prefixesOf(eventOnlyPrefixes);
    return this.#prefixes.set.matches(key) ? 'event-only' : mode;
  }

  /** The route of a mutation in that mode. */
  route(mutation: Mutation, mode: SyncMode): Route {
    const { load, fast } = this.#parts;
    const now = Date.now();
    return chooseRoute({
      mode,
      load: load.level(now),
      breaker: fast.breaker.standing(now),
      hasRoom: fast.batcher.hasRoom(mutationBytes(mutation)),
    });
  }

  /** What becomes of a mutation that the fast path does not bring through. */
  fallback(mutation: Mutation): Fallback {
    const { breaker, batcher } = this.#parts.outbox;
    return chooseFallback(breaker.standing(), batcher.hasRoom(mutationBytes(mutation)));
  }
}

function prefixesOf(prefixes: ModeRule['eventOnlyPrefixes']) {
  return { of: prefixes, set: new PrefixSet(prefixes ?? []) };
}
