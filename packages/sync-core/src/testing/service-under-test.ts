import { pino } from 'pino';
import { vi } from 'vitest';
import type { MaybeMutated, Written } from '../cache/cache.js';
import type { SyncMode } from '../config/sync-mode.js';
import type { BreakerStanding } from '../control/circuit-breaker.js';
import type { LoadLevel } from '../control/load-state.js';
import { HybridSync } from '../hybrid-sync.js';
import { Metrics } from '../metrics/metrics.js';
import type { Mutation } from '../mutation.js';
import { aDelete, aSet } from './mutations.js';
import { eachBy, type OfferOne } from './offered.js';

/** How long a mutation waits for the fast route, in milliseconds. */
export const FAST_TIMEOUT_MS = 2000;
/** How long one waits for the outbox, in milliseconds. */
export const OUTBOX_TIMEOUT_MS = 3000;
/** From how long on the circuit breaker takes a call for a slow one, in milliseconds. */
export const SLOW_CALL_MS = 1000;
const EVENT_ONLY = ['events:'];

const taken = () => Promise.resolve();
const unchanged: MaybeMutated = { mutation: undefined, old: undefined };

/** A {@link HybridSync} on fakes: everything goes well unless a test says otherwise. */
export function serviceUnderTest(mode: SyncMode = 'adaptive') {
  const acknowledged: Pick<Mutation, 'slot' | 'version'>[] = [];
  const metrics = new Metrics('api');
  const cache = {
    set: vi.fn(async (): Promise<Mutation> => aSet('k', 7, { slot: 3 })),
    delete: vi.fn(async () => ({ mutation: aDelete('k', 8), existed: true })),
    resync: vi.fn(async (): Promise<Mutation> => aSet('k', 9)),
    expire: vi.fn(async (): Promise<Mutation> => aSet('k', 9)),
    increment: vi.fn(async () => ({ mutation: aSet('k', 9), sum: 9n })),
    incrementFloat: vi.fn(async () => ({ mutation: aSet('k', 9), sum: '9' })),
    append: vi.fn(async (): Promise<Mutation> => aSet('k', 9)),
    setAllIfAbsent: vi.fn(async () => ({ mutations: [aSet('k', 9), aSet('l', 10)] })),
    writeMany: vi.fn(async (): Promise<readonly (Written | Error)[]> => []),
    setIf: vi.fn(async () => unchanged),
    getAndDelete: vi.fn(async () => unchanged),
    expireIf: vi.fn(async () => unchanged),
  };
  const fastOffer = vi.fn<OfferOne>(taken);
  const outboxOffer = vi.fn<OfferOne>(taken);
  const fastLists = vi.fn(eachBy(fastOffer));
  const outboxLists = vi.fn(eachBy(outboxOffer));
  const hasRoom = vi.fn(() => true);
  const outboxHasRoom = vi.fn(() => true);
  const fastStanding = vi.fn((): BreakerStanding => 'closed');
  const outboxStanding = vi.fn((): BreakerStanding => 'closed');
  const level = vi.fn((): LoadLevel => 'normal');
  const replicasHave = vi.fn(taken);
  const sync = new HybridSync({
    cache,
    fast: {
      batcher: { offer: fastLists, hasRoom },
      breaker: { standing: fastStanding },
    },
    outbox: {
      batcher: { offer: outboxLists, hasRoom: outboxHasRoom },
      breaker: { standing: outboxStanding },
    },
    acker: { acknowledge: (mutations) => void acknowledged.push(...mutations) },
    replicas: { has: replicasHave },
    load: { level },
    metrics,
    settings: () => ({
      mode,
      eventOnlyPrefixes: EVENT_ONLY,
      fastPathPaused: false,
      asyncTimeoutMs: FAST_TIMEOUT_MS,
      outboxTimeoutMs: OUTBOX_TIMEOUT_MS,
      breakerSlowCallMs: SLOW_CALL_MS,
    }),
    log: pino({ level: 'silent' }),
  });
  return {
    sync,
    cache,
    fastOffer,
    outboxOffer,
    /** The same as they are offered, as lists. */
    fastLists,
    outboxLists,
    hasRoom,
    outboxHasRoom,
    fastStanding,
    outboxStanding,
    level,
    replicasHave,
    acknowledged,
    metric: (name: string) => metrics.registry.getSingleMetricAsString(name),
  };
}

/** What {@link serviceUnderTest} makes. */
export type ServiceUnderTest = ReturnType<typeof serviceUnderTest>;

/** What most tests write. */
export const PAIR = { key: 'k', value: 'v' };
