import { Registry } from 'prom-client';
import { describe, expect, it } from 'vitest';
import { METRICS } from './catalogue.js';
import { Metrics } from './metrics.js';

const text = (metrics: Metrics, name: string) => metrics.registry.getSingleMetricAsString(name);
/** The value of a series, as the text has it; undefined where there is none. */
async function numberOf(metrics: Metrics, series: string, labels = ''): Promise<string | undefined> {
  const lines = await text(metrics, series.replace(/_(?:bucket|count|sum)$/, ''));
  return new RegExp(`^${series}\\{.*${labels}.*\\} (.*)$`, 'm').exec(lines)?.[1];
}

describe('the metrics of a process', () => {
  it.each(['api', 'projector'] as const)('are those of the catalogue that are its own: %s', (role) => {
    const own = Object.values(METRICS).filter(({ process }) => process === role || process === 'both');
    const names = new Metrics(role).registry.getMetricsAsArray().map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('hybrid_sync_')).sort()).toEqual(
      own.map(({ name }) => name).sort(),
    );
    expect(names).toContain('nodejs_eventloop_lag_p99_seconds');
  });

  it('tell of a lag of 0.1 s where there is none, since the event loop is looked at so rarely', async () => {
    const metrics = new Metrics('api');
    const lag = async () => {
      await metrics.registry.metrics();
      return Number(await numberOf(metrics, 'nodejs_eventloop_lag_p50_seconds'));
    };
    // Each look forgets what was seen before, and one lag takes two steps.
    await expect.poll(lag, { interval: 500 }).toBeGreaterThan(0.09);
  });

  it('have names that say the kind and the unit', () => {
    for (const { name, kind } of Object.values(METRICS)) {
      expect(name).toMatch(kind === 'counter' ? /_total$/ : /(?<!_total)$/);
      expect(name).not.toMatch(/_(?:ms|milliseconds)\b/);
    }
  });

  it('say what runs', async () => {
    const own = text(new Metrics('api'), 'hybrid_sync_build_info');
    expect(await own).toMatch(new RegExp(`version="\\d+\\.\\d+\\.\\d+",node="${process.version}".* 1$`, 'm'));
  });
});

it('with counting off there is nothing to scrape, and what would be counted is no error', async () => {
  const off = new Metrics('api', false);
  off.answered('set', 'ASYNC_THREAD', undefined, 1);
  off.called('redis', 'cache.set', 1, false);
  expect(await off.registry.metrics()).toBe('\n');
});

describe('each thing that happens', () => {
  const applied = { applied: 3, stale: 2, coalesced: 4, failed: { size: 1 } };
  it.each<['api' | 'projector', (metrics: Metrics) => void, Record<string, number>]>([
    [
      'api',
      (m) => m.answered('del', 'JOURNALED', 'BREAKER_OPEN', 0.5),
      {
        'hybrid_sync_mutations_total{op="del",method="JOURNALED"}': 1,
        'hybrid_sync_mutation_seconds_count{method="JOURNALED"}': 1,
        'hybrid_sync_mutation_seconds_sum{method="JOURNALED"}': 0.5,
        'hybrid_sync_fallbacks_total{reason="BREAKER_OPEN"}': 1,
      },
    ],
    ['api', (m) => m.refused('JOURNAL_FULL'), { 'hybrid_sync_refused_total{code="JOURNAL_FULL"}': 1 }],
    ['api', (m) => m.batchCoalesced('fast'), { 'hybrid_sync_batch_coalesced_total{route="fast"}': 1 }],
    [
      'api',
      (m) => m.batchSent('outbox', 7),
      {
        'hybrid_sync_batch_mutations_count{route="outbox"}': 1,
        'hybrid_sync_batch_mutations_sum{route="outbox"}': 7,
      },
    ],
    [
      'api',
      (m) => m.batchEnded('fast', 2, true),
      {
        'hybrid_sync_batch_seconds_count{route="fast"}': 1,
        'hybrid_sync_batch_seconds_sum{route="fast"}': 2,
        'hybrid_sync_batch_failures_total{route="fast"}': 1,
      },
    ],
    [
      'api',
      (m) => m.batchEnded('fast', 2, false),
      {
        'hybrid_sync_batch_seconds_count{route="fast"}': 1,
        'hybrid_sync_batch_seconds_sum{route="fast"}': 2,
      },
    ],
    [
      'api',
      (m) => m.fastApplied(5, 1),
      { 'hybrid_sync_fast_applied_total{}': 5, 'hybrid_sync_stale_total{path="fast"}': 1 },
    ],
    [
      'projector',
      (m) => m.projected('journal', applied),
      {
        'hybrid_sync_projected_total{source="journal"}': 3,
        'hybrid_sync_stale_total{path="journal"}': 2,
        'hybrid_sync_projection_coalesced_total{source="journal"}': 4,
        'hybrid_sync_projection_refused_total{source="journal"}': 1,
      },
    ],
    ['projector', (m) => m.deadLettered(2), { 'hybrid_sync_dead_letters_total{}': 2 }],
    [
      'projector',
      (m) => m.drained('failed', 3),
      {
        'hybrid_sync_drain_seconds_count{outcome="failed"}': 1,
        'hybrid_sync_drain_seconds_sum{outcome="failed"}': 3,
      },
    ],
    ['projector', (m) => m.swept('failed'), { 'hybrid_sync_sweeps_total{outcome="failed"}': 1 }],
    [
      'api',
      (m) => m.breakerChanged('outbox', 'open'),
      { 'hybrid_sync_breaker_transitions_total{route="outbox",state="open"}': 1 },
    ],
    [
      'api',
      (m) => m.settingsChanged(['app.mode', 'app.log.level']),
      {
        'hybrid_sync_settings_changes_total{setting="app.mode"}': 1,
        'hybrid_sync_settings_changes_total{setting="app.log.level"}': 1,
      },
    ],
    [
      'projector',
      (m) => m.called('redis', 'cache.get', 0.25, true),
      {
        'hybrid_sync_redis_call_seconds_count{call="cache.get"}': 1,
        'hybrid_sync_redis_call_seconds_sum{call="cache.get"}': 0.25,
        'hybrid_sync_redis_call_failures_total{call="cache.get"}': 1,
      },
    ],
    [
      'api',
      (m) => m.called('mongodb', 'outbox.add', 0.25, false),
      {
        'hybrid_sync_mongodb_call_seconds_count{call="outbox.add"}': 1,
        'hybrid_sync_mongodb_call_seconds_sum{call="outbox.add"}': 0.25,
      },
    ],
  ])('is counted where it belongs, and nowhere else: %s, %s', async (role, happens, expected) => {
    const metrics = new Metrics(role);
    happens(metrics);
    const risen: Record<string, number> = {};
    for (const line of (await metrics.registry.metrics()).split('\n')) {
      const [, name, labels = '', value] = /^(hybrid_sync_\w+)\{(.*)\} (\S+)$/.exec(line) ?? [];
      if (name === undefined || /_bucket$|_build_info$/.test(name) || Number(value) === 0) continue;
      const own = labels.split(',').filter((label) => !label.startsWith('role='));
      risen[`${name}{${own.join()}}`] = Number(value);
    }
    expect(risen).toEqual(expected);
  });
});

describe('a counter', () => {
  it('begins at 0 with every combination of its known labels: a rate must see the first one', async () => {
    const lines = (await text(new Metrics('api'), 'hybrid_sync_mutations_total')).match(/^hybrid.* 0$/gm);
    expect(lines).toHaveLength(2 * 3);
  });

  it('counts on', async () => {
    const metrics = new Metrics('api');
    metrics.answered('set', 'EVENT_BASED', 'TIMEOUT', 0.02);
    metrics.answered('set', 'EVENT_BASED', 'TIMEOUT', 0.04);
    expect(await numberOf(metrics, 'hybrid_sync_mutations_total', 'op="set",method="EVENT_BASED"')).toBe('2');
    expect(await numberOf(metrics, 'hybrid_sync_fallbacks_total', 'reason="TIMEOUT"')).toBe('2');
    expect(await numberOf(metrics, 'hybrid_sync_mutation_seconds_count', 'method="EVENT_BASED"')).toBe('2');
  });

  it('counts on where an application opens another in its registry', async () => {
    const registry = new Registry();
    for (const opening of [1, 2]) {
      const metrics = new Metrics('api', true, registry);
      metrics.answered('set', 'ASYNC_THREAD', undefined, 0.01);
      const counted = await numberOf(
        metrics,
        'hybrid_sync_mutations_total',
        'op="set",method="ASYNC_THREAD"',
      );
      expect(counted).toBe(String(opening));
    }
  });

  it('of the other process is not counted, and is no error', async () => {
    const metrics = new Metrics('projector');
    metrics.answered('set', 'ASYNC_THREAD', undefined, 1);
    expect(await metrics.registry.metrics()).not.toContain('hybrid_sync_mutations_total');
  });
});

describe('a gauge', () => {
  it('is read when there is a scrape', async () => {
    const metrics = new Metrics('projector');
    let active = 3;
    metrics.show('drainsActive', () => active);
    expect(await numberOf(metrics, 'hybrid_sync_drains_active')).toBe('3');
    active = 0;
    expect(await numberOf(metrics, 'hybrid_sync_drains_active')).toBe('0');
  });

  it('is left out while its value is not known: 0 would say that nothing waits', async () => {
    const metrics = new Metrics('projector');
    const series = 'hybrid_sync_outbox_unprocessed';
    expect(await numberOf(metrics, series)).toBeUndefined();
    let unprocessed: number | undefined = 7;
    metrics.show('outboxUnprocessed', () => unprocessed);
    expect(await numberOf(metrics, series)).toBe('7');
    unprocessed = undefined;
    expect(await numberOf(metrics, series)).toBeUndefined();
  });

  it('is left out, and nothing else with it, before the process has anything to show', async () => {
    const lines = await new Metrics('api').registry.metrics();
    expect(lines).toContain('# TYPE hybrid_sync_breaker_state gauge');
    expect(lines).not.toMatch(/^hybrid_sync_breaker_state/m);
  });

  it('with labels shows the series of the moment', async () => {
    const metrics = new Metrics('api');
    let age: [{ of: 'journal' | 'outbox' }, number][] = [[{ of: 'journal' }, 1]];
    metrics.show('backlogSampleAge', () => age);
    const lines = async () =>
      (await text(metrics, 'hybrid_sync_backlog_sample_age_seconds')).match(/^hybrid.*$/gm);
    expect(await lines()).toEqual(['hybrid_sync_backlog_sample_age_seconds{of="journal",role="api"} 1']);
    age = [[{ of: 'outbox' }, 2]];
    expect(await lines()).toEqual(['hybrid_sync_backlog_sample_age_seconds{of="outbox",role="api"} 2']);
  });
});
