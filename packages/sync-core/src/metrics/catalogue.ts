import { ACCESS_METRICS } from './access-metrics.js';
import type { LabelsOf, MetricDefinition } from './definition.js';
import { LOAD_METRICS } from './load-metrics.js';
import { PROJECTION_METRICS } from './projection-metrics.js';
import { STORE_METRICS } from './store-metrics.js';
import { WRITE_METRICS } from './write-metrics.js';

/** Every metric of the system, beside those that prom-client has of Node and the process. */
export const METRICS = {
  ...WRITE_METRICS,
  ...LOAD_METRICS,
  ...PROJECTION_METRICS,
  ...STORE_METRICS,
  ...ACCESS_METRICS,
} as const satisfies Record<string, MetricDefinition>;

type Catalogue = typeof METRICS;
/** The metrics of a kind, by their names in {@link METRICS}. */
export type MetricOf<Kind extends MetricDefinition['kind']> = {
  [Name in keyof Catalogue]: Catalogue[Name]['kind'] extends Kind ? Name : never;
}[keyof Catalogue];
/** The labels of a metric. */
export type LabelsOfMetric<Name extends keyof Catalogue> = LabelsOf<Catalogue[Name]>;
