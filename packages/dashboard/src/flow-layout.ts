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
export interface Route {
  readonly points: readonly [Point, ...Point[]];
  readonly label: Point;
  readonly anchor: 'start' | 'middle' | 'end';
}

/** Where everything stands. */
export interface FlowLayout {
  readonly width: number;
  readonly height: number;
  readonly boxes: Readonly<Record<FlowNode, Box>>;
  readonly routes: Readonly<Record<FlowEdge, Route>>;
}

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });
const route = (label: Point, anchor: Route['anchor'], ...points: [Point, ...Point[]]): Route => ({
  points,
  label,
  anchor,
});

/** From left to right, for wide screens. */
export const WIDE: FlowLayout = {
  width: 1120,
  height: 400,
  boxes: {
    clients: box(8, 130, 116, 74),
    redis: box(266, 92, 200, 150),
    fastQueue: box(610, 22, 190, 96),
    outbox: box(610, 188, 190, 96),
    projector: box(922, 188, 190, 96),
    shadows: box(922, 22, 190, 96),
  },
  routes: {
    writes: route([195, 152], 'middle', [124, 167], [266, 167]),
    toFast: route([538, 55], 'middle', [466, 112], [500, 112], [500, 70], [610, 70]),
    fast: route([861, 55], 'middle', [800, 70], [922, 70]),
    fallback: route([720, 148], 'start', [706, 118], [706, 188]),
    toOutbox: route([546, 221], 'middle', [466, 212], [500, 212], [500, 236], [610, 236]),
    toProjector: route([861, 221], 'middle', [800, 236], [922, 236]),
    recovered: route([640, 335], 'middle', [366, 242], [366, 350], [1017, 350], [1017, 284]),
    projected: route([1031, 148], 'start', [1017, 188], [1017, 118]),
  },
};

/** From top to bottom, for phones. */
export const TALL: FlowLayout = {
  width: 380,
  height: 700,
  boxes: {
    clients: box(106, 6, 168, 56),
    redis: box(86, 128, 208, 128),
    fastQueue: box(6, 332, 160, 92),
    outbox: box(206, 332, 160, 92),
    projector: box(206, 494, 160, 84),
    shadows: box(6, 606, 200, 84),
  },
  routes: {
    writes: route([202, 92], 'start', [190, 62], [190, 128]),
    toFast: route([100, 290], 'end', [112, 256], [112, 332]),
    fast: route([94, 490], 'start', [84, 424], [84, 606]),
    fallback: route([186, 366], 'middle', [166, 390], [206, 390]),
    toOutbox: route([256, 290], 'start', [244, 256], [244, 332]),
    toProjector: route([260, 456], 'start', [250, 424], [250, 494]),
    recovered: route([298, 150], 'start', [294, 186], [374, 186], [374, 536], [366, 536]),
    projected: route([296, 634], 'start', [286, 578], [286, 648], [206, 648]),
  },
};
