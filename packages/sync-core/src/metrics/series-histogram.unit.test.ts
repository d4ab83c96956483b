import fc from 'fast-check';
import { Histogram, Registry } from 'prom-client';
import { expect, it } from 'vitest';
import { METRICS } from './catalogue.js';
import type { MetricDefinition } from './definition.js';
import { SeriesHistogram } from './series-histogram.js';

const BOUNDS = [0.001, 0.5, 1, 10];

/** The same histogram as it is here, and as prom-client has it. */
function both() {
  const registry = new Registry();
  const named = { name: 'seconds', help: 'Some time.' };
  const ours = new SeriesHistogram({ ...named, label: 'way', bounds: BOUNDS, series: ['fast'], registry });
  const other = new Registry();
  const theirs = new Histogram({ ...named, labelNames: ['way'], buckets: BOUNDS, registers: [other] });
  theirs.zero({ way: 'fast' });
  const shown = async (from: Registry) => {
    from.setDefaultLabels({ role: 'api' });
    const text = await from.metrics();
    // Labels are in no order.
    return text.replace(/\{(.*)\}/g, (_, labels: string) => labels.split(',').sort().join());
  };
  return { ours, theirs, registry, other, shown };
}

it('shows what one of prom-client shows', async () => {
  const values = fc.oneof(fc.constantFrom(0, ...BOUNDS), fc.double({ min: 0, max: 20, noNaN: true }));
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(fc.constantFrom('fast', 'a "b"'), values)), async (observed) => {
      const { ours, theirs, registry, other, shown } = both();
      for (const [way, value] of observed) {
        ours.observe(way, value);
        theirs.observe({ way }, value);
      }
      expect(await shown(registry)).toBe(await shown(other));
      expect(registry.getSingleMetric('seconds')).toBe(ours);
    }),
  );
});

it('begins anew where an application has its registry forget', async () => {
  const { ours, registry, shown } = both();
  const fresh = await shown(registry);
  ours.observe('fast', 1);
  ours.observe('other', 1);
  registry.resetMetrics();
  expect(await shown(registry)).toBe(fresh);
});

it('every histogram of the catalogue has one label', () => {
  const histograms = Object.values<MetricDefinition>(METRICS).filter(({ kind }) => kind === 'histogram');
  expect(histograms.map(({ labels }) => Object.keys(labels).length)).toEqual(histograms.map(() => 1));
});
