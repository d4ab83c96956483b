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
