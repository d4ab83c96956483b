import { svgOf } from '../report/svg.js';
import { THREADS } from './tuning-plan.js';
import type { ThreadsSummary } from './tuning-tables.js';

const WIDTH = 320;
const HEIGHT = 220;

/** Throughput and p99 over the number of threads, one line per delay. @returns an SVG */
export function plotOf(summaries: readonly ThreadsSummary[]): Promise<string> {
  const values = summaries.map((summary) => ({ ...summary, added: `${summary.delayMs} ms` }));
  const panel = (field: keyof ThreadsSummary, title: string, scale: 'linear' | 'log') => ({
    width: WIDTH,
    height: HEIGHT,
    mark: { type: 'line' as const, point: true },
    encoding: {
      x: {
        field: 'threads',
        type: 'quantitative' as const,
        title: 'threads',
        scale: { type: 'log' as const, nice: false },
        axis: { values: [...THREADS], grid: false },
      },
      y: { field, type: 'quantitative' as const, title, scale: { type: scale } },
      color: {
        field: 'added',
        type: 'nominal' as const,
        title: 'added per call',
        sort: null,
        scale: { scheme: 'dark2' as const },
      },
      shape: { field: 'added', type: 'nominal' as const, title: 'added per call', sort: null },
    },
  });
  return svgOf({
    data: { values },
    hconcat: [panel('mutationsPerSecond', 'mutations/s', 'linear'), panel('p99Ms', 'p99, ms', 'log')],
  });
}
