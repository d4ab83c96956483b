import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { BatcherFullError } from '../batching/batch-errors.js';
import { loadSettings } from '../config/load-settings.js';
import type { Settings } from '../config/settings.js';
import { CircuitBreaker } from '../control/circuit-breaker.js';
import { fastRoute } from '../fast-path/fast-route.js';
import { Metrics } from '../metrics/metrics.js';
import type { Mutation } from '../mutation.js';
import { outboxRoute } from '../projection/outbox-route.js';
import { type Deferred, deferred } from '../testing/deferred.js';
import { aSet } from '../testing/mutations.js';
import { offered } from '../testing/offered.js';

const PATIENCE = { timeoutMs: 600_000, busyTimeoutMs: 600_000 };

/** A route whose batches end when the test wants it, on settings that the test changes. */
function routeUnderTest(kind: 'fast' | 'outbox') {
  const current: { -readonly [Name in keyof Settings]: Settings[Name] } = {
    ...loadSettings({ env: {} }).settings,
  };
  const settings = () => current;
  const sent: { readonly keys: string[]; readonly end: Deferred<void> }[] = [];
  const send = async (mutations: readonly Mutation[]) => {
    const end = deferred<void>();
    sent.push({ keys: mutations.map(({ key }) => key), end });
    await end.promise;
  };
  const breaker = new CircuitBreaker(settings, () => undefined);
  const metrics = new Metrics('api');
  const fast = async (mutations: readonly Mutation[]) => {
    await send(mutations);
    return { stale: 0, failed: [] };
  };
  const outbox = async (mutations: readonly Mutation[]) => {
    await send(mutations);
    return new Map<string, string>();
  };
  const batcher =
    kind === 'fast'
      ? fastRoute({
          queue: { send: fast },
          worker: { keepPlace: () => undefined },
          breaker,
          settings,
          metrics,
        })
      : outboxRoute({
          outbox: { add: outbox },
          projection: { wake: async () => {} },
          breaker,
          settings,
          metrics,
          log: pino({ level: 'silent' }),
        });
  const full: string[] = [];
  const offer = async (key: string, value = 'v') => {
    offered(batcher, aSet(key, 1, { value }), PATIENCE).catch((error: unknown) => {
      expect(error).toBeInstanceOf(BatcherFullError);
      full.push(key);
    });
    await new Promise(setImmediate);
  };
  const endAll = async () => {
    for (const { end } of sent.splice(0)) end.resolve();
    await new Promise(setImmediate);
  };
  const keys = () => sent.map((batch) => batch.keys);
  return { current, offer, keys, endAll, full };
}

const NAMES = {
  fast: { inFlight: 'fastMaxInFlight', mutations: 'fastMaxBatch', bytes: 'fastMaxBatchBytes' },
  outbox: { inFlight: 'outboxMaxInFlight', mutations: 'outboxMaxBatch', bytes: 'outboxMaxBatchBytes' },
} as const;

describe.each(['fast', 'outbox'] as const)('the batches of the %s route follow its settings', (kind) => {
  const { inFlight, mutations, bytes } = NAMES[kind];

  it('as many are under way as may be', async () => {
    const { current, offer, keys } = routeUnderTest(kind);
    current[inFlight] = 1;
    await offer('a');
    await offer('b');
    expect(keys()).toEqual([['a']]);
    current[inFlight] = 2;
    await offer('c');
    expect(keys()).toEqual([['a'], ['b', 'c']]);
  });

  it.each([
    ['mutations', 2, 3],
    ['bytes', 2500, 4000],
  ] as const)('none holds more %s than may be', async (what, bound, more) => {
    const { current, offer, keys, endAll, full } = routeUnderTest(kind);
    const name = what === 'mutations' ? mutations : bytes;
    const value = 'x'.repeat(1000);
    current[inFlight] = 1;
    current[name] = bound;
    for (const key of ['a', 'b', 'c', 'd']) await offer(key, value);
    expect(full).toEqual(['d']);
    current[name] = more;
    await offer('e', value);
    await offer('f', value);
    expect(full).toEqual(['d', 'f']);
    await endAll();
    expect(keys()).toEqual([['b', 'c', 'e']]);
  });
});
