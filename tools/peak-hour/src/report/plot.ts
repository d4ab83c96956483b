import { svgOf } from '@hybrid-sync/bench';
import { SLOW } from '../load/peak-curve.js';
import type { ModeReport } from './mode-report.js';

const WIDTH = 640;
const HEIGHT = 150;

/**
 * Over the time of the load, which is so many seconds long: how much it is, and p99 of writes; until all is settled: outbox and journal. One line per
 * mode; grey where the store was slow.
 * @returns an SVG
 */
export function plotOf(modes: readonly ModeReport[], seconds: number): Promise<string> {
  const loadOf = (figure: 'writes' | 'p99Ms') =>
    modes.flatMap(({ mode, perSecond }) =>
      perSecond.map((each) => ({ mode, second: each.second, value: each[figure] })),
    );
  const depthOf = (figure: 'events' | 'journal') =>
    modes.flatMap(({ mode, depths }) =>
      depths.map((each) => ({ mode, second: each.at / 1000, value: each[figure] })),
    );
  const settled = Math.max(seconds, ...modes.flatMap(({ depths }) => depths.map(({ at }) => at / 1000)));
  const quantitative = { type: 'quantitative' } as const;
  const panel = (title: string, values: ReturnType<typeof loadOf>, until: number) => ({
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: [{ from: SLOW.from * seconds, until: SLOW.until * seconds }] },
        mark: { type: 'rect' as const, color: '#eeeeee' },
        encoding: { x: { field: 'from', ...quantitative }, x2: { field: 'until' } },
      },
      {
        data: { values },
        mark: { type: 'line' as const },
        encoding: {
          x: {
            field: 'second',
            ...quantitative,
            title: 'seconds',
            scale: { domain: [0, until], nice: false },
          },
          y: { field: 'value', ...quantitative, title },
          color: { field: 'mode', type: 'nominal' as const, sort: null, scale: { scheme: 'dark2' as const } },
        },
      },
    ],
  });
  return svgOf({
    vconcat: [
      panel('writes/s', loadOf('writes'), seconds),
      panel('p99, ms', loadOf('p99Ms'), seconds),
      panel('events waiting', depthOf('events'), settled),
      panel('journaled', depthOf('journal'), settled),
    ],
  });
}
