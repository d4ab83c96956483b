import type { Metric, Registry } from 'prom-client';

/** What a {@link SeriesHistogram} is. */
export interface SeriesHistogramOptions {
  readonly name: string;
  readonly help: string;
  /** The name of its only label. */
  readonly label: string;
  /** Upper bounds of its buckets, rising. */
  readonly bounds: readonly number[];
  /** The label's values that are shown before anything was observed. */
  readonly series: readonly string[];
  /** Where it is shown. */
  readonly registry: Registry;
}

interface Series {
  /** Values by their bucket; behind those of the bounds is that of all larger ones. */
  readonly counts: Float64Array;
  sum: number;
}

/**
 * A histogram of one label for what is observed with every write. prom-client's own makes a text of the labels, and checks
 * it, at each observation, which costs a write more than the observation; this one looks the series up by the label's
 * value. A registry shows it like one of prom-client's.
 */
export class SeriesHistogram {
  readonly name: string;
  readonly help: string;
  readonly type = 'histogram';
  readonly aggregator = 'sum';
  readonly #options: SeriesHistogramOptions;
  readonly #series = new Map<string, Series>();

  constructor(options: SeriesHistogramOptions) {
    this.#options = options;
    this.name = options.name;
    this.help = options.help;
    this.reset();
    // Of a metric a registry asks for what is here, and no more.
    options.registry.registerMetric(this as unknown as Metric);
  }

  /** Counts a value of a series. */
  observe(series: string, value: number): void {
    const { bounds } = this.#options;
    const of = this.#of(series);
    let bucket = 0;
    while (bucket < bounds.length && value > (bounds[bucket] ?? 0)) bucket++;
    of.counts[bucket] = (of.counts[bucket] ?? 0) + 1;
    of.sum += value;
  }

  /** Forgets what was counted, as prom-client's do when an application asks its registry to. */
  reset(): void {
    this.#series.clear();
    for (const series of this.#options.series) this.#of(series);
  }

  /** What it has counted, as a registry asks for it. */
  async get() {
    const values = [...this.#series].flatMap(([value, series]) => this.#shown(value, series));
    return { name: this.name, help: this.help, type: this.type, aggregator: this.aggregator, values };
  }

  #of(value: string): Series {
    let series = this.#series.get(value);
    if (series === undefined) {
      series = { counts: new Float64Array(this.#options.bounds.length + 1), sum: 0 };
      this.#series.set(value, series);
    }
    return series;
  }

  #shown(value: string, { counts, sum }: Series) {
    const { name, label, bounds } = this.#options;
    let count = 0;
    const buckets = [...bounds, '+Inf'].map((le, bucket) => {
      count += counts[bucket] ?? 0;
      return { metricName: `${name}_bucket`, labels: { le, [label]: value }, value: count };
    });
    const labels = { [label]: value };
    return [
      ...buckets,
      { metricName: `${name}_sum`, labels, value: sum },
      { metricName: `${name}_count`, labels, value: count },
    ];
  }
}
