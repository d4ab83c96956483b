import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { connectStores, loadSettings, METRICS } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { asked, dashboards } from '../dashboards/dashboards.js';
import { readQuery } from '../promql/read-query.js';
import { alertRules } from '../rules/alert-rules.js';
import { promtoolForTests } from '../testing/promtool.js';
import { type Answer, put } from '../testing/put.js';
import { Scrape } from './parse-scrape.js';

const METHODS = ['ASYNC_THREAD', 'EVENT_BASED', 'JOURNALED'] as const;
const SETS_PER_POD = 300;
/** Fewer keys than writes, so that some meet each other. */
const KEYS = 60;
const AT_ONCE = 50;
const DELETES_PER_POD = 40;
const REFUSED_PER_POD = 7;

let system: RealSystem;
/** One that tries the fast path first, one that takes to events only. */
let pods: RealApp[];
let projector: RealApp;
const answers: Answer[][] = [];
beforeAll(async () => {
  system = new RealSystem({
    METRICS_SAMPLE_MS: '100',
    // However busy the machine is, no write gives up: what is counted has to add up.
    ASYNC_TIMEOUT_MS: '60000',
    OUTBOX_TIMEOUT_MS: '60000',
    BREAKER_SLOW_CALL_MS: '60000',
    // No sample of load within the test but the first, when nothing is under way.
    LOAD_SAMPLE_MS: '60000',
  });
  const [fast, events] = await Promise.all([
    // Its port for Redis' protocol has figures of its own.
    system.start('api', { SYNC_MODE: 'hybrid', REDIS_LISTEN_PORT: '0' }),
    system.start('api', { SYNC_MODE: 'event-only' }),
  ]);
  pods = [fast, events];
  projector = await system.start('projector');
  await Promise.all(
    pods.map(async (pod, index) => {
      answers[index] = await load(pod);
    }),
  );
  const stores = await connectStores(loadSettings({ env: system.env }).settings, pino({ level: 'silent' }));
  await vi.waitUntil(
    async () => (await stores.outbox.countUnprocessed(1)) + (await stores.journal.totalLength()) === 0,
    { timeout: 30_000, interval: 50 },
  );
  await stores.stop();
});
afterAll(() => system?.stop());

/** Sets, deletes and refused writes, many at a time. @returns the answers of those that were done */
async function load(pod: RealApp): Promise<Answer[]> {
  const writes = [
    ...Array.from({ length: SETS_PER_POD }, (_, n) => () => put(pod, `key ${n % KEYS}`, `value ${n}`)),
    ...Array.from(
      { length: DELETES_PER_POD },
      (_, n) => () => put(pod, `gone ${n}`, '', { method: 'DELETE' }),
    ),
    ...Array.from(
      { length: REFUSED_PER_POD },
      () => () => put(pod, 'key 0', 'refused', { headers: { 'if-match': '"1"' } }),
    ),
  ];
  const done: Answer[] = [];
  for (let from = 0; from < writes.length; from += AT_ONCE) {
    const results = await Promise.all(writes.slice(from, from + AT_ONCE).map((write) => write()));
    done.push(...results.filter(({ status }) => status === 200).map(({ body }) => body));
  }
  return done;
}

const scrapeOf = async (app: RealApp) => new Scrape(await app.scrape());
const scrapes = async () => Promise.all([...pods, projector].map(scrapeOf));
const total = (each: Scrape[], name: string, labels?: Record<string, string>) =>
  each.reduce((sum, scrape) => sum + (scrape.sum(name, labels) ?? 0), 0);

describe('what two pods and a projector count under load', () => {
  it('are the writes that were made, pod by pod, by what they were and how they were answered', async () => {
    for (const [index, pod] of pods.entries()) {
      const scrape = await scrapeOf(pod);
      expect(answers[index]).toHaveLength(SETS_PER_POD + DELETES_PER_POD);
      expect(scrape.sum('hybrid_sync_mutations_total', { op: 'set' })).toBe(SETS_PER_POD);
      expect(scrape.sum('hybrid_sync_mutations_total', { op: 'del' })).toBe(DELETES_PER_POD);
      expect(scrape.sum('hybrid_sync_refused_total', { code: 'PRECONDITION_FAILED' })).toBe(REFUSED_PER_POD);
      for (const method of METHODS) {
        const answered = answers[index]?.filter((answer) => answer.method === method).length;
        expect(scrape.sum('hybrid_sync_mutations_total', { method })).toBe(answered);
        expect(scrape.sum('hybrid_sync_mutation_seconds_count', { method })).toBe(answered);
        expect(scrape.sum('hybrid_sync_mutation_seconds_bucket', { method, le: '+Inf' })).toBe(answered);
      }
    }
  });

  it('each write that was not answered ASYNC_THREAD has a reason', async () => {
    const [fast, events] = await Promise.all(pods.map(scrapeOf));
    expect(events?.sum('hybrid_sync_fallbacks_total', { reason: 'EVENT_ONLY' })).toBe(
      SETS_PER_POD + DELETES_PER_POD,
    );
    const slow = answers[0]?.filter(({ method }) => method !== 'ASYNC_THREAD').length;
    expect(fast?.sum('hybrid_sync_fallbacks_total')).toBe(slow);
  });

  it('what the fast path took is applied, stale or coalesced: nothing is missing', async () => {
    const [fast] = await scrapes();
    if (fast === undefined) throw new Error('no scrape');
    const sent = fast.sum('hybrid_sync_batch_mutations_sum', { route: 'fast' }) ?? 0;
    const coalesced = fast.sum('hybrid_sync_batch_coalesced_total', { route: 'fast' }) ?? 0;
    expect(sent + coalesced).toBe(SETS_PER_POD + DELETES_PER_POD);
    expect(total([fast], 'hybrid_sync_fast_applied_total') + total([fast], 'hybrid_sync_stale_total')).toBe(
      sent,
    );
  });

  it('what the outbox took is projected, stale or coalesced: nothing is missing', async () => {
    const all = await scrapes();
    const sent = total(all, 'hybrid_sync_batch_mutations_sum', { route: 'outbox' });
    expect(sent).toBeGreaterThan(0);
    const ends = [
      'hybrid_sync_projected_total',
      'hybrid_sync_stale_total',
      'hybrid_sync_projection_coalesced_total',
    ];
    const ended =
      ends.reduce((sum, name) => sum + total(all, name, { source: 'outbox' }), 0) +
      total(all, 'hybrid_sync_stale_total', { path: 'outbox' });
    expect(ended).toBe(sent);
  });

  it('the projector counts its drains and its sweeps', async () => {
    const scrape = await scrapeOf(projector);
    expect(scrape.sum('hybrid_sync_drain_seconds_count', { outcome: 'done' })).toBeGreaterThan(0);
    expect(scrape.sum('hybrid_sync_drain_seconds_count', { outcome: 'failed' })).toBe(0);
    await expect
      .poll(async () => (await scrapeOf(projector)).sum('hybrid_sync_sweeps_total', { outcome: 'done' }))
      .toBeGreaterThan(0);
  });

  it('nothing waits any more, and each process says so', async () => {
    for (const app of [...pods, projector]) {
      await expect
        .poll(async () => {
          const scrape = await scrapeOf(app);
          return [
            'hybrid_sync_outbox_unprocessed',
            'hybrid_sync_outbox_oldest_seconds',
            'hybrid_sync_journal_pending',
          ].map((name) => scrape.sum(name));
        })
        .toEqual([0, 0, 0]);
    }
  });

  it('Redis and MongoDB were called as often as mutations and batches say', async () => {
    const [fast, , worker] = await scrapes();
    const setCalls = fast?.sum('hybrid_sync_redis_call_seconds_count', { call: 'cache.set' });
    expect(setCalls).toBe(SETS_PER_POD + REFUSED_PER_POD);
    expect(fast?.sum('hybrid_sync_redis_call_failures_total', { call: 'cache.set' })).toBeUndefined();
    expect(worker?.sum('hybrid_sync_mongodb_call_seconds_count', { call: 'shadows.apply' })).toBeGreaterThan(
      0,
    );
  });
});

describe('what a running system exports', () => {
  it('has every metric that a rule or a dashboard asks for', async () => {
    const all = await scrapes();
    // A counter whose label values are not known beforehand has no series before it counts.
    const begins = Object.values(METRICS).filter(
      ({ kind, labels }) => kind === 'counter' && Object.values(labels).some((values) => values === 'many'),
    );
    const later = new Set<string>(begins.map(({ name }) => name));
    const exported = new Set(
      all.flatMap((scrape) =>
        scrape.names.filter((name) => later.has(name) || scrape.labels(name).length > 0),
      ),
    );
    const expressions = [
      ...alertRules().map(({ expr }) => expr),
      ...dashboards().flatMap(({ panels }) =>
        panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => asked(expr))),
      ),
    ];
    const wanted = new Set(
      expressions.flatMap((expr) => readQuery(expr).selectors.map(({ metric }) => metric)),
    );
    wanted.delete('up'); // Prometheus' own
    expect(wanted.size).toBeGreaterThan(40);
    expect([...wanted].filter((name) => !exported.has(name))).toEqual([]);
  });

  it('has no label, and no value of one, beside those of the catalogue: what is written makes no series', async () => {
    for (const scrape of await scrapes()) {
      for (const { name, kind, labels } of Object.values(METRICS)) {
        const suffixes = kind === 'histogram' ? ['_bucket', '_count', '_sum'] : [''];
        for (const series of suffixes.flatMap((suffix) => scrape.labels(`${name}${suffix}`))) {
          const { role, le, ...own } = series;
          expect(role).toMatch(/^(?:api|projector)$/);
          expect(Object.keys(own).sort(), name).toEqual(Object.keys(labels).sort());
          for (const [label, value] of Object.entries(own)) {
            const known = labels[label as keyof typeof labels] as readonly string[] | 'many' | undefined;
            // Names of the code: of a call, a setting, a version.
            if (known === 'many') expect(value).toMatch(/^[\w.-]{1,60}$/);
            else expect(known, name).toContain(value);
          }
        }
      }
      for (const name of ['hybrid_sync_redis_call_seconds_count', 'hybrid_sync_mongodb_call_seconds_count'])
        expect(scrape.labels(name).length).toBeLessThan(30);
    }
  });

  it('finds the approval of promtool', async ({ skip }) => {
    const promtool = await promtoolForTests();
    if (promtool === undefined) return skip();
    for (const app of [...pods, projector]) {
      const own = (await app.scrape()).split('\n').filter((line) => /^(?:# \w+ )?hybrid_sync_/.test(line));
      expect(await promtool(['check', 'metrics'], `${own.join('\n')}\n`)).toEqual({ code: 0, said: '' });
    }
  });
});
