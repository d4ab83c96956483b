import parse from 'parse-prometheus-text-format';

/** What one process told Prometheus. */
export class Scrape {
  readonly #series = new Map<string, { labels: Record<string, string>; value: number }[]>();
  /** Names of all metrics, those without a series included. */
  readonly names: readonly string[];

  /** Reads the text format. */
  constructor(text: string) {
    const families = parse(text);
    this.names = families.map(({ name }) => name);
    for (const { name, metrics } of families) {
      for (const { labels = {}, value, buckets, count, sum } of metrics) {
        if (value !== undefined) this.#add(name, labels, value);
        for (const [le, each] of Object.entries(buckets ?? {}))
          this.#add(`${name}_bucket`, { ...labels, le }, each);
        if (count !== undefined) this.#add(`${name}_count`, labels, count);
        if (sum !== undefined) this.#add(`${name}_sum`, labels, sum);
      }
    }
  }

  /** The sum of the series with this name whose labels have these values; undefined where there is none. */
  sum(name: string, labels: Record<string, string> = {}): number | undefined {
    const matching = (this.#series.get(name) ?? []).filter((series) =>
      Object.entries(labels).every(([label, value]) => series.labels[label] === value),
    );
    return matching.length === 0 ? undefined : matching.reduce((sum, { value }) => sum + value, 0);
  }

  /** Names of all series. */
  get series(): string[] {
    return [...this.#series.keys()];
  }

  #add(name: string, labels: Record<string, string>, text: string): void {
    const series = this.#series.get(name) ?? [];
    series.push({ labels, value: Number(text) });
    this.#series.set(name, series);
  }
}
