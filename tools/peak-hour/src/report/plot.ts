import { parse, View } from 'vega';
import { compile, type TopLevelSpec } from 'vega-lite';
import { SLOW } from '../load/peak-curve.js';
import type { PeakHourReport } from './peak-hour-report.js';

const WIDTH = 640;
const HEIGHT = 150;

/** One point of a line. */
interface Point {
  readonly mode: string;
  readonly second: number;
  readonly value: number;
}

/**
 * Over the time of the load: how much it is, and p99 of writes; until all is settled: outbox and journal. One line per
 * mode; grey where the store was slow. An SVG on
 * white, which readers in the dark need.
 */
export async function plotOf({ modes, seconds }: PeakHourReport): Promise<string> {
  const points = (of: (report: PeakHourReport['modes'][number]) => Omit<Point, 'mode'>[]): Point[] =>
    modes.flatMap((report) => of(report).map((point) => ({ mode: report.mode, ...point })));
  const settled = Math.max(seconds, ...modes.flatMap(({ depths }) => depths.map(({ at }) => at / 1000)));
  const panel = (title: string, values: Point[], until: number) => ({
    width: WIDTH,
    height: HEIGHT,
    layer: [
      {
        data: { values: [{ from: SLOW.from * seconds, until: SLOW.until * seconds }] },
        mark: { type: 'rect' as const, color: '#eeeeee' },
        encoding: {
          x: { field: 'from', type: 'quantitative' as const },
          x2: { field: 'until' },
        },
      },
      {
        data: { values },
        mark: { type: 'line' as const },
        encoding: {
          x: {
            field: 'second',
            type: 'quantitative' as const,
            title: 'seconds',
            scale: { domain: [0, until], nice: false },
          },
          y: { field: 'value', type: 'quantitative' as const, title },
          color: {
            field: 'mode',
            type: 'nominal' as const,
            sort: null,
            scale: { scheme: 'dark2' as const },
          },
        },
      },
    ],
  });
  const spec: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    vconcat: [
      panel(
        'writes/s',
        points(({ perSecond }) => perSecond.map(({ second, writes: value }) => ({ second, value }))),
        seconds,
      ),
      panel(
        'p99, ms',
        points(({ perSecond }) => perSecond.map(({ second, p99Ms: value }) => ({ second, value }))),
        seconds,
      ),
      panel(
        'events waiting',
        points(({ depths }) => depths.map(({ at, events: value }) => ({ second: at / 1000, value }))),
        settled,
      ),
      panel(
        'journaled',
        points(({ depths }) => depths.map(({ at, journal: value }) => ({ second: at / 1000, value }))),
        settled,
      ),
    ],
  };
  const view = new View(parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await view.toSVG();
  } finally {
    view.finalize();
  }
}
