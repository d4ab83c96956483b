import { setAttributes, setText, svg } from './dom.js';
import type { FlowEdge, FlowFigures, Gate } from './flow-figures.js';
import { type Box, type FlowLayout, type FlowNode, type Point, TALL, WIDE } from './flow-layout.js';
import { formatCount, formatRate } from './format.js';
import { MOST_COUNTED } from './pod-histories.js';

/** Below this width of the page the picture stands upright. */
const NARROW = '(max-width: 700px)';
/** Whose figures stand at a box or an arrow; a box of all pods has a double rim. */
type Scope = 'pod' | 'all';

const TITLES: Readonly<Record<FlowNode, readonly [title: string, scope: Scope]>> = {
  clients: ['Clients', 'pod'],
  redis: ['Redis', 'all'],
  fastQueue: ['Fast queue', 'pod'],
  outbox: ['Outbox', 'all'],
  projector: ['Projectors', 'all'],
  shadows: ['MongoDB shadows', 'all'],
};
const EDGES: Readonly<Record<FlowEdge, readonly [meaning: string, colour: string, scope: Scope]>> = {
  writes: ['writes', 'write', 'pod'],
  toFast: ['try it', 'fast', 'pod'],
  fast: ['ASYNC_THREAD', 'fast', 'pod'],
  fallback: ['fall back', 'event', 'pod'],
  toOutbox: ['go straight', 'event', 'pod'],
  toProjector: ['events', 'event', 'all'],
  recovered: ['recovered', 'journal', 'all'],
  projected: ['applied', 'event', 'all'],
};

interface EdgeParts {
  readonly group: SVGGElement;
  readonly dots: SVGPathElement;
  readonly rate: SVGTSpanElement;
}
interface NodeParts {
  readonly group: SVGGElement;
  readonly lines: readonly SVGTextElement[];
}

/** The way of a write as a picture, with a rate at each arrow; wide or upright, as the page has room. */
export class FlowPicture {
  readonly #place: Element;
  readonly #narrow = window.matchMedia(NARROW);
  #drawn: Drawing;
  #figures: FlowFigures | undefined;

  constructor(place: Element) {
    this.#place = place;
    this.#drawn = this.#draw();
    this.#narrow.addEventListener('change', () => {
      this.#drawn = this.#draw();
      if (this.#figures !== undefined) this.#drawn.show(this.#figures);
    });
  }

  /** Shows other figures. */
  show(figures: FlowFigures): void {
    this.#figures = figures;
    this.#drawn.show(figures);
  }

  #draw(): Drawing {
    const drawing = new Drawing(this.#narrow.matches ? TALL : WIDE);
    this.#place.replaceChildren(drawing.root);
    return drawing;
  }
}

/** The picture in one layout. */
class Drawing {
  readonly root: SVGSVGElement;
  readonly #edges = new Map<FlowEdge, EdgeParts>();
  readonly #nodes = new Map<FlowNode, NodeParts>();

  constructor(layout: FlowLayout) {
    this.root = svg('svg', {
      viewBox: `0 0 ${layout.width} ${layout.height}`,
      role: 'img',
      class: layout === TALL ? 'flow tall' : 'flow',
    });
    for (const [edge, { points, label, anchor }] of Object.entries(layout.routes) as [
      FlowEdge,
      FlowLayout['routes'][FlowEdge],
    ][]) {
      const parts = drawEdge(edge, points, label, anchor);
      this.#edges.set(edge, parts);
      this.root.append(parts.group);
    }
    for (const [node, box] of Object.entries(layout.boxes) as [FlowNode, Box][]) {
      const parts = drawNode(node, box);
      this.#nodes.set(node, parts);
      this.root.append(parts.group);
    }
  }

  show(figures: FlowFigures): void {
    const { rates, cacheAnswers, mongodbAnswers, fast, outbox, projectors } = figures;
    const gates: Partial<Record<FlowEdge, Gate>> = { toFast: fast, toOutbox: outbox, projected: projectors };
    for (const [edge, { group, dots, rate }] of this.#edges) {
      const value = rates[edge];
      setText(rate, `${formatRate(value)} /s`);
      group.classList.toggle('idle', value === null || value === 0);
      group.dataset.gate = gates[edge]?.state ?? 'closed';
      // The more there is to move, the quicker and the fatter, by orders of magnitude.
      const size = Math.log10(1 + (value ?? 0));
      dots.style.strokeWidth = `${3 + size}px`;
      dots.style.animationDuration = `${(2.4 / (1 + size)).toFixed(2)}s`;
    }
    this.#lines('redis', cacheAnswers ? 'closed' : 'open', [
      `journal ${formatCount(figures.journalPending, MOST_COUNTED)}`,
      `JOURNALED ${formatRate(figures.journaled)} /s`,
      `mode ${figures.mode}`,
    ]);
    this.#lines('fastQueue', fast.state, [
      `workers ${formatCount(figures.workersActive)} of ${figures.workersMax}`,
      fast.words || `waiting, all pods ${formatCount(figures.queueWaiting, MOST_COUNTED)}`,
    ]);
    this.#lines('outbox', mongodbAnswers ? outbox.state : 'open', [
      `waiting ${formatCount(figures.outboxUnprocessed, MOST_COUNTED)}`,
      outbox.words || `dead letters ${formatCount(figures.deadLetters, MOST_COUNTED)}`,
    ]);
    this.#lines(
      'projector',
      projectors.state,
      projectors.words === '' ? ['newest per key,', 'one bulk write'] : [projectors.words],
    );
    this.#lines('shadows', mongodbAnswers ? 'closed' : 'open', [
      mongodbAnswers ? 'takes newer' : '✕ no answer',
      mongodbAnswers ? 'versions only' : '',
    ]);
    this.#lines('clients', 'closed', [figures.highLoad ? '▲ high load' : 'HTTP, MCP']);
    setAttributes(this.root, { 'aria-label': inWords(figures) });
  }

  #lines(node: FlowNode, gate: Gate['state'], lines: readonly string[]): void {
    const parts = this.#nodes.get(node);
    if (parts !== undefined) parts.group.dataset.gate = gate;
    parts?.lines.forEach((line, index) => {
      setText(line, lines[index] ?? '');
    });
  }
}

function drawEdge(
  edge: FlowEdge,
  points: readonly [Point, ...Point[]],
  [x, y]: Point,
  anchor: string,
): EdgeParts {
  const [meaning, colour, scope] = EDGES[edge];
  const path = `M${points.map((point) => point.join(' ')).join('L')}`;
  const dots = svg('path', { d: path, class: 'dots' });
  const rate = svg('tspan', { class: 'rate' }, '–');
  const group = svg(
    'g',
    { class: `edge ${colour} ${scope} idle`, 'data-edge': edge },
    svg('path', { d: path, class: 'line' }),
    dots,
    svg('path', { d: arrowHead(points), class: 'head' }),
    svg('text', { x, y: y - 17, 'text-anchor': anchor, class: 'meaning' }, meaning),
    svg('text', { x, y, 'text-anchor': anchor }, rate),
  );
  return { group, dots, rate };
}

/** A triangle at the end of the way, turned as its last piece is. */
function arrowHead(points: readonly Point[]): string {
  const [end = [0, 0], before = [0, 0]] = [points.at(-1), points.at(-2)];
  const length = Math.hypot(end[0] - before[0], end[1] - before[1]) || 1;
  const [dx, dy] = [(end[0] - before[0]) / length, (end[1] - before[1]) / length];
  const corner = (back: number, aside: number) =>
    `${end[0] - dx * back - dy * aside} ${end[1] - dy * back + dx * aside}`;
  return `M${corner(0, 0)}L${corner(11, 6)}L${corner(11, -6)}Z`;
}

function drawNode(node: FlowNode, { x, y, width, height }: Box): NodeParts {
  const [title, scope] = TITLES[node];
  const middle = x + width / 2;
  const count = node === 'redis' ? 3 : node === 'clients' ? 1 : 2;
  const top = y + height / 2 - (count * 19) / 2 + 1;
  const lines = Array.from({ length: count }, (_, index) =>
    svg('text', { x: middle, y: top + 22 + index * 19, class: 'figure' }),
  );
  const group = svg(
    'g',
    { class: `node ${scope}`, 'data-node': node },
    ...(scope === 'all'
      ? [svg('rect', { x: x - 4, y: y - 4, width: width + 8, height: height + 8, rx: 15, class: 'rim' })]
      : []),
    svg('rect', { x, y, width, height, rx: 12 }),
    svg('text', { x: middle, y: top, class: 'title' }, title),
    ...lines,
  );
  return { group, lines };
}

/** The picture for those who don't see it. */
function inWords(figures: FlowFigures): string {
  const { rates, journaled, journalPending, outboxUnprocessed, fast, outbox, projectors } = figures;
  const rate = (edge: FlowEdge) => formatRate(rates[edge]);
  return [
    'The way of a write, in mutations per second.',
    `Clients to Redis ${rate('writes')}.`,
    `Redis to the fast queue ${rate('toFast')}, fast queue to the shadows ${rate('fast')}, fast queue back to the outbox ${rate('fallback')}.`,
    `Redis to the outbox ${rate('toOutbox')}, outbox to the projectors ${rate('toProjector')}.`,
    `Staying in the journal ${formatRate(journaled)}, journal to the projectors ${rate('recovered')}, projectors to the shadows ${rate('projected')}.`,
    ...[`Fast queue: ${fast.words}.`, `Outbox: ${outbox.words}.`, `Projectors: ${projectors.words}.`].filter(
      (sentence) => !sentence.endsWith(': .'),
    ),
    `The journal holds ${formatCount(journalPending, MOST_COUNTED)}, the outbox ${formatCount(outboxUnprocessed, MOST_COUNTED)}.`,
  ].join(' ');
}
