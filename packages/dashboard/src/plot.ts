import { html, setText, svg } from './dom.js';
import { formatMoment, formatShort, formatWhen } from './format.js';
import type { PlotBound, PlotDefinition, PlotLine } from './plot-definitions.js';
import type { ColumnName, Columns } from './pod-histories.js';
import { colourOf } from './theme.js';
import uPlot from './uplot.js';

/** Height of a plot, in pixels. */
const HEIGHT = 200;
/** Marks on the time axis are at least so far apart, in pixels. */
const TIME_SPACE = 80;
/** Moves all plots' cursors together. */
const CURSORS = uPlot.sync('all');
const AXIS_FONT = `12px "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", "Liberation Sans", sans-serif`;

/** What a plot is given. */
export interface Plotted {
  readonly columns: Columns;
  readonly scope: PlotDefinition['scope'];
  readonly bound: PlotBound | undefined;
}

/** A plot with its legend, which tells the values under the cursor, or the latest ones. */
export class Plot {
  readonly element: HTMLElement;
  readonly #definition: PlotDefinition;
  readonly #canvas: HTMLElement;
  readonly #values = new Map<ColumnName, HTMLElement>();
  readonly #when = html('span', { class: 'when' });
  readonly #scope = html('span', { class: 'scope' });
  #plot: uPlot | undefined;
  #columns: Columns | undefined;
  #bound: PlotBound | undefined;
  #spanSec = 900;

  constructor(definition: PlotDefinition) {
    this.#definition = definition;
    const { id, title, scope, lines } = definition;
    setText(this.#scope, scope);
    this.#canvas = html('div', {
      class: 'canvas',
      tabindex: 0,
      role: 'img',
      'aria-labelledby': `${id}-title`,
      'aria-describedby': `${id}-legend`,
    });
    this.element = html(
      'figure',
      { class: 'plot card', 'data-plot': id },
      html('figcaption', {}, html('h3', { id: `${id}-title` }, title), this.#scope),
      html('ul', { class: 'legend', id: `${id}-legend` }, ...lines.map((line) => this.#legendEntry(line))),
      this.#canvas,
    );
    this.#canvas.append(this.#when);
    this.#canvas.addEventListener('keydown', (event) => this.#onKey(event));
    this.#canvas.addEventListener('blur', () => this.#plot?.setCursor({ left: -10, top: -10 }));
    new ResizeObserver(() => this.#fit()).observe(this.#canvas);
  }

  /** Shows the last `spanSec` seconds, and whose they are. */
  show({ columns, scope, bound }: Plotted, spanSec: number): void {
    this.#columns = columns;
    this.#spanSec = spanSec;
    this.#bound = bound;
    setText(this.#scope, scope);
    const data = this.#data();
    if (this.#plot === undefined) this.#make(data);
    else this.#plot.setData(data, true);
    this.#tell();
  }

  /** Draws everything anew in the colours of the theme. */
  repaint(): void {
    this.#plot?.destroy();
    this.#plot = undefined;
    if (this.#columns !== undefined) this.#make(this.#data());
  }

  #data(): uPlot.AlignedData {
    const columns = this.#columns;
    if (columns === undefined) return [[]];
    const end = columns.at.at(-1) ?? 0;
    const first = columns.at.findIndex((at) => at !== null && at >= end - this.#spanSec * 1000);
    const from = Math.max(first, 0);
    return [
      columns.at.slice(from).map((at) => (at ?? 0) / 1000),
      ...this.#definition.lines.map(({ column }) => columns[column].slice(from)),
    ];
  }

  #make(data: uPlot.AlignedData): void {
    const axis = { stroke: colourOf('muted'), font: AXIS_FONT, ticks: { show: false } };
    const grid = { stroke: colourOf('line'), width: 1 };
    this.#plot = new uPlot(
      {
        width: Math.max(this.#canvas.clientWidth, 120),
        height: HEIGHT,
        padding: [10, 26, 0, 0],
        legend: { show: false },
        cursor: { drag: { x: false, y: false }, sync: { key: CURSORS.key }, points: { size: 7 } },
        scales: {
          x: { range: (_, __, max) => [max - this.#spanSec, max] },
          y: { range: (_, __, max) => [0, Math.max(1, (max ?? 0) * 1.1, (this.#bound?.value ?? 0) * 1.12)] },
        },
        axes: [
          {
            ...axis,
            grid: { show: false },
            size: 28,
            space: TIME_SPACE,
            values: (_, ticks) => ticks.map((tick) => formatMoment(tick * 1000, this.#spanSec)),
          },
          { ...axis, grid, size: 40, values: (_, ticks) => ticks.map(formatShort) },
        ],
        series: [{}, ...this.#definition.lines.map(seriesOf)],
        hooks: { setCursor: [() => this.#tell()], draw: [(plot) => this.#drawBound(plot)] },
      },
      data,
      this.#canvas,
    );
  }

  #fit(): void {
    this.#plot?.setSize({ width: Math.max(this.#canvas.clientWidth, 120), height: HEIGHT });
  }

  /** A dashed line where the bound is, with its name above. */
  #drawBound({ ctx, valToPos, bbox }: uPlot): void {
    if (this.#bound === undefined) return;
    const { label, value } = this.#bound;
    const y = valToPos(value, 'y', true);
    const colour = colourOf('muted');
    ctx.save();
    ctx.strokeStyle = colour;
    ctx.fillStyle = colour;
    ctx.textAlign = 'right';
    ctx.textBaseline = 'bottom';
    ctx.font = AXIS_FONT.replace('12', String(12 * devicePixelRatio));
    ctx.fillText(label, bbox.left + bbox.width, y - 3 * devicePixelRatio);
    ctx.setLineDash([3, 5]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }

  /** Writes the values under the cursor into the legend, or the latest ones. */
  #tell(): void {
    const data = this.#plot?.data;
    if (data === undefined) return;
    const at = this.#plot?.cursor.idx ?? undefined;
    const row = at ?? data[0].length - 1;
    this.#definition.lines.forEach(({ column }, index) => {
      const value = data[index + 1]?.[row];
      const element = this.#values.get(column);
      if (element !== undefined) setText(element, this.#definition.format(value ?? null));
    });
    setText(this.#when, at === undefined ? '' : formatWhen((data[0][row] ?? 0) * 1000, this.#spanSec));
  }

  /** The arrow keys move the cursor as the mouse does. */
  #onKey(event: KeyboardEvent): void {
    const plot = this.#plot;
    const steps = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30 }[event.key];
    if (plot === undefined || steps === undefined) return;
    event.preventDefault();
    const times = plot.data[0];
    const now = plot.cursor.idx ?? times.length - 1;
    const time = times[Math.min(Math.max(now + steps, 0), times.length - 1)];
    if (time !== undefined) plot.setCursor({ left: plot.valToPos(time, 'x'), top: 1 });
  }

  #legendEntry({ label, column, colour, dash }: PlotLine): HTMLElement {
    const value = html('b', {}, '–');
    this.#values.set(column, value);
    const stroke = svg('line', { x1: 0, x2: 24, y1: 4, y2: 4, 'stroke-dasharray': dash?.join(' ') });
    stroke.style.stroke = `var(--${colour})`;
    const swatch = svg('svg', { class: 'swatch', viewBox: '0 0 24 8', 'aria-hidden': 'true' }, stroke);
    return html('li', {}, swatch, `${label} `, value);
  }
}

function seriesOf({ label, colour, dash, filled }: PlotLine): uPlot.Series {
  const stroke = colourOf(colour);
  return {
    label,
    stroke,
    width: 2,
    points: { show: false },
    ...(dash === undefined ? {} : { dash: [...dash] }),
    ...(filled ? { fill: `color-mix(in srgb, ${stroke} 14%, transparent)` } : {}),
  };
}
