import { type Cells, count, fine } from '@hybrid-sync/trials';
import type { AgainstReport } from './against.js';
import type { Figure } from './comparison.js';

const TITLES: Record<Figure, string> = {
  mutationsPerSecond: 'mutations/s',
  p50Ms: 'p50 ms',
  p99Ms: 'p99 ms',
  podUs: 'pod µs',
  redisUs: 'Redis µs',
  storeUs: 'store µs',
};
/** Characters of a commit that are shown. */
const SHORT = 12;

/** One line for each figure of each row. */
export function comparisonCells({ ref, commit, rows, cpuOfFormer }: AgainstReport): Cells {
  const cpu =
    cpuOfFormer === undefined
      ? ''
      : `; cpuOfFormer, pod + Redis of core with 500 clients (target <= 0.5): ${cpuOfFormer.toFixed(2)}`;
  return {
    title: `Today beside ${ref} (${commit.slice(0, SHORT)}): medians; spread: least and greatest today/former of a round; µs: processor time per mutation${cpu}`,
    head: ['row', 'clients', 'figure', 'rounds', 'former', 'today', 'today/former', 'spread'],
    rows: rows.flatMap(({ name, clients, batch, inFlight, rounds, figures }) =>
      figures.map(({ figure, former, today, ratio, spread }) => [
        batch === undefined ? name : `${name}, ${inFlight} at a time of ${batch}`,
        count(clients),
        TITLES[figure],
        String(rounds),
        fine(former),
        fine(today),
        ratio?.toFixed(2) ?? '',
        spread?.map((each) => each.toFixed(2)).join(' to ') ?? '',
      ]),
    ),
  };
}
