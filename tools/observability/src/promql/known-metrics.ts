import { METRICS, type MetricDefinition } from '@hybrid-sync/sync-core';
import type { Query } from './read-query.js';

/** Labels that every series has: from the process, and from the scrape. */
const SCRAPE_LABELS = ['role', 'job', 'instance'];
/** What Prometheus itself and prom-client export; the scrape of a running system says whether the latter does. */
const OTHERS = /^(?:up|nodejs_|process_)/;

const SERIES = new Map<string, MetricDefinition>(
  Object.values<MetricDefinition>(METRICS).flatMap((metric) =>
    seriesOf(metric).map((name) => [name, metric]),
  ),
);

/** The names that a metric's series have. */
export function seriesOf({ name, kind }: MetricDefinition): string[] {
  return kind === 'histogram' ? ['bucket', 'sum', 'count'].map((part) => `${name}_${part}`) : [name];
}

/** What is wrong with a query: metrics, labels or values that the system does not have. */
export function faultsOf({ selectors, grouping }: Query): string[] {
  const faults: string[] = [];
  const labels = new Set(SCRAPE_LABELS);
  for (const { metric, matchers } of selectors) {
    const definition = SERIES.get(metric);
    if (definition === undefined && !OTHERS.test(metric)) faults.push(`there is no metric ${metric}`);
    for (const label of Object.keys(definition?.labels ?? {})) labels.add(label);
    if (metric.endsWith('_bucket')) labels.add('le');
    for (const { label, equals } of matchers) {
      const values = definition?.labels[label];
      if (values === undefined && !SCRAPE_LABELS.includes(label))
        faults.push(`${metric} has no label ${label}`);
      if (equals !== undefined && Array.isArray(values) && !values.includes(equals))
        faults.push(`${metric} has no ${label}="${equals}"`);
    }
  }
  for (const label of grouping) if (!labels.has(label)) faults.push(`no metric of the query has ${label}`);
  return faults;
}
