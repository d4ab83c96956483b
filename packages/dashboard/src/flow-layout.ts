import type { FlowEdge } from './flow-figures.js';

/** The boxes of the picture. */
export type FlowNode = 'clients' | 'redis' | 'fastQueue' | 'outbox' | 'projector' | 'shadows';

/** A point in the picture's own units. */
export type Point = readonly [x: number, y: number];

/** Where a box stands. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** An arrow's way, and where its rate stands. */
export interface ArrowWay {
  readonly points: readonly [Point, ...Point[]];
  readonly label: Point;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** Where everything stands. */
export interface FlowLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: Readonly<Record<FlowNode, Box>>;
  readonly routes: Readonly<Record<FlowEdge, ArrowWay>>;
}

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });
const route = (label: Point, anchor: ArrowWay['anchor'], ...points: [Point, ...Point[]]): ArrowWay => ({
  points,
  label,
  anchor,
});

/** From left to right, for wide screens. Boxes of all pods have a rim of 4 units, before which arrows end. */
export const WIDE: FlowLayout = {
  width: 1120,
  height: 348,
  boxes: {
    clients: box(8, 112, 116, 74),
    redis: box(254, 74, 196, 150),
    fastQueue: box(584, 8, 186, 96),
    outbox: box(584, 176, 186, 96),
    projector: box(928, 176, 186, 96),
    shadows: box(928, 8, 186, 96),
  },
  routes: {
    writes: route([184, 136], 'middle', [124, 150], [249, 150]),
    toFast: route([531, 42], 'middle', [454, 100], [484, 100], [484, 56], [584, 56]),
    fast: route([846, 42], 'middle', [770, 56], [923, 56]),
    fallback: route([690, 150], 'start', [677, 104], [677, 171]),
    toOutbox: route([531, 210], 'middle', [454, 198], [484, 198], [484, 224], [579, 224]),
    toProjector: route([848, 210], 'middle', [774, 224], [923, 224]),
    recovered: route([620, 324], 'middle', [352, 228], [352, 338], [1021, 338], [1021, 277]),
    projected: route([1034, 150], 'start', [1021, 172], [1021, 109]),
  },
};

/** From top to bottom, for phones. */
export const TALL: FlowLayout = {
  width: 380,
  height: 712,
  boxes: {
    clients: box(106, 4, 168, 56),
    redis: box(86, 130, 208, 124),
    fastQueue: box(6, 334, 160, 92),
    outbox: box(206, 334, 160, 92),
    projector: box(206, 502, 160, 84),
    shadows: box(6, 618, 200, 84),
  },
  routes: {
    writes: route([202, 100], 'start', [190, 60], [190, 125]),
    toFast: route([98, 302], 'end', [110, 258], [110, 334]),
    fast: route([94, 508], 'start', [84, 426], [84, 613]),
    fallback: route([186, 466], 'middle', [166, 396], [201, 396]),
    toOutbox: route([232, 302], 'end', [244, 258], [244, 329]),
    toProjector: route([272, 472], 'start', [260, 430], [260, 497]),
    recovered: route([364, 302], 'end', [298, 192], [375, 192], [375, 544], [371, 544]),
    projected: route([298, 644], 'start', [286, 590], [286, 660], [211, 660]),
  },
};
