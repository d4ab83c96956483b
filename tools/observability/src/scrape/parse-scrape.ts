import parse from 'parse-prometheus-text-format';

/** What one process told Prometheus. */
export class Scrape {
  readonly #series = new Map<string, { labels: Record<string, string>; value: number }[]>();

  /** Reads the text format. */
  constructor(text: string) {
    // Without the types: with them the parser makes one series of all those of a histogram.
    const samples = text.replace(/^# TYPE .*$/gm, '');
    // It then begins anew with each change of name: the parts of a histogram take turns.
    for (const { name, metrics } of parse(samples)) {
      const series = metrics.map(({ labels = {}, value }) => ({ labels, value: Number(value) }));
      this.#series.set(name, [...(this.#series.get(name) ?? []), ...series]);
    }
  }

  /** The sum of the series with this name whose labels have these values; undefined where there is none. */
  sum(name: string, labels: Record<string, string> = {}): number | undefined {
    const matching = (this.#series.get(name) ?? []).filter((series) =>
      Object.entries(labels).every(([label, value]) => series.labels[label] === value),
    );
    return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0);
  }

  /** The labels of each series with this name. */
  labels(name: string): readonly Readonly<Record<string, string>>[] {
    return (this.#series.get(name) ?? []).map(({ labels }) => labels);
  }

  /** Names of all metrics, those without a series included. */
  get names(): string[] {
    return [...this.#series.keys()];
  }
}
