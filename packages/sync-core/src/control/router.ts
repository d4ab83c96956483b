import type { Settings } from '../config/settings.js';
import type { SyncMode } from '../config/sync-mode.js';
import { type Mutation, mutationBytes } from '../mutation.js';
import type { CircuitBreaker } from './circuit-breaker.js';
import type { LoadView } from './load-state.js';
import { PrefixSet } from './prefix-set.js';
import { chooseFallback, chooseRoute, type Fallback, type Route } from './route.js';

/** What is asked of one of the two ways to MongoDB. */
export interface RouterPath {
  readonly breaker: Pick<CircuitBreaker, 'standing'>;
  /** Whether its batcher would take a mutation of so many bytes. */
  readonly batcher: { hasRoom(bytes: number): boolean };
}

/** The modes of writes that ask for none. */
export type ModeRule = Pick<Settings, 'mode' | 'eventOnlyPrefixes'>;

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

  /** The mode of a write. `asked`: the one that the call asked for, which is stronger than all settings. */
  modeOf(key: string, asked?: SyncMode): SyncMode {
    if (asked !== undefined) return asked;
    const { mode, eventOnlyPrefixes } = this.#parts.settings();
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
