/** Which processes export a metric. */
export type MetricProcess = 'api' | 'projector' | 'both';

/** The values of each label, so that what a metric costs is known beforehand; `many` where a comment says what bounds them. */
export type LabelValues = Readonly<Record<string, readonly string[] | 'many'>>;

/** A metric as Prometheus shows it. */
export interface MetricDefinition<Labels extends LabelValues = LabelValues> {
  readonly name: `hybrid_sync_${string}`;
  readonly kind: 'counter' | 'gauge' | 'histogram';
  readonly process: MetricProcess;
  readonly labels: Labels;
  readonly help: string;
  /** Upper bounds of a histogram's buckets, in the unit of its name. */
  readonly buckets?: readonly number[];
}

/** The label values of one series. */
export type LabelsOf<Definition extends MetricDefinition> = {
  readonly [Label in keyof Definition['labels']]: Definition['labels'][Label] extends readonly (infer Value)[]
    ? Value
    : string;
};

/** A number that only rises while the process runs. */
export function counter<const Labels extends LabelValues>(
  name: MetricDefinition['name'],
  process: MetricProcess,
  labels: Labels,
  help: string,
) {
  return { name, kind: 'counter', process, labels, help } as const;
}

/** A value of the moment, read from memory when it is scraped. */
export function gauge<const Labels extends LabelValues>(
  name: MetricDefinition['name'],
  process: MetricProcess,
  labels: Labels,
  help: string,
) {
  return { name, kind: 'gauge', process, labels, help } as const;
}

/** How often values were seen, by size. */
export function histogram<const Labels extends LabelValues>(
  name: MetricDefinition['name'],
  process: MetricProcess,
  labels: Labels,
  help: string,
  buckets: readonly number[],
) {
  return { name, kind: 'histogram', process, labels, help, buckets } as const;
}
