import { askBeside } from './beside.js';
import { byId, setText } from './dom.js';
import { Plot } from './plot.js';
import { PLOTS } from './plot-definitions.js';
import { type ColumnName, type Columns, type KnownPod, latest, pastColumns } from './pod-histories.js';

/** How far back a pod's own memory goes, in seconds. */
const REMEMBERED_SEC = 900;
/** What is further back, by seconds: the range that the api is asked for, and how often, in milliseconds. */
const PAST: ReadonlyMap<number, { readonly range: string; readonly everyMs: number }> = new Map([
  [3600, { range: '1h', everyMs: 15_000 }],
  [21_600, { range: '6h', everyMs: 60_000 }],
  [86_400, { range: '1d', everyMs: 60_000 }],
  [604_800, { range: '7d', everyMs: 60_000 }],
]);

/** When an api that did not answer is asked again, in milliseconds. */
const AGAIN_MS = 2000;

type PastAnswer =
  | { readonly known: true; readonly samples: Partial<Record<ColumnName, (number | null)[]>> }
  | { readonly known: false; readonly reason: string };

/** What the plots need of the rest of the page. */
export interface PlotsParts {
  readonly token: () => string | undefined;
  /** The pod that is shown; undefined before the first answer. */
  readonly pod: () => KnownPod | undefined;
  /** Whether the plots are shown now. */
  readonly isShown: () => boolean;
}

/**
 * The plots, and how far back they go: up to a quarter of an hour from the memory of the pod that is shown; further back
 * of all pods together, from Prometheus, which the api asks.
 */
export class Plots {
  readonly #parts: PlotsParts;
  readonly #plots = PLOTS.map((definition) => ({ definition, plot: new Plot(definition) }));
  readonly #note = byId('plots-note', HTMLElement);
  #spanSec = REMEMBERED_SEC;
  #drawnAt = 0;
  #past: Columns | undefined;
  #askedAt = 0;

  constructor(parts: PlotsParts) {
    this.#parts = parts;
    byId('plots', HTMLElement).append(...this.#plots.map(({ plot }) => plot.element));
    const buttons = [...byId('spans', HTMLElement).querySelectorAll('button')];
    for (const button of buttons) {
      button.addEventListener('click', () => {
        for (const each of buttons) each.setAttribute('aria-pressed', String(each === button));
        this.#choose(Number(button.value));
      });
    }
  }

  /** Draws where there is something new. */
  show(): void {
    const past = PAST.get(this.#spanSec);
    if (past !== undefined) {
      if (this.#parts.isShown() && Date.now() - this.#askedAt >= past.everyMs) void this.#ask(past.range);
    } else if (this.#end() !== this.#drawnAt) this.draw();
  }

  /** Draws what is known. */
  draw(): void {
    const pod = this.#parts.pod();
    if (pod === undefined || !this.#parts.isShown()) return;
    this.#drawnAt = this.#end();
    const isPast = PAST.has(this.#spanSec);
    const columns = isPast ? (this.#past ?? pastColumns({})) : pod.columns;
    for (const { definition, plot } of this.#plots) {
      const scope = isPast ? 'all pods' : definition.scope;
      const bound = isPast ? undefined : definition.bound?.(pod);
      plot.element.hidden = isPast && definition.ofNow === true;
      plot.show({ columns, scope, bound }, this.#spanSec);
    }
  }

  /** Draws everything anew in the colours of the theme. */
  repaint(): void {
    for (const { plot } of this.#plots) plot.repaint();
  }

  #choose(spanSec: number): void {
    this.#spanSec = spanSec;
    this.#past = undefined;
    this.#askedAt = 0;
    setText(this.#note, PAST.has(spanSec) ? 'Asking Prometheus…' : '');
    this.draw();
    this.show();
  }

  #end(): number {
    const pod = this.#parts.pod();
    return pod === undefined ? 0 : (latest(pod.columns, 'at') ?? 0);
  }

  async #ask(range: string): Promise<void> {
    const spanSec = this.#spanSec;
    this.#askedAt = Date.now();
    const answer = await askBeside<PastAnswer>(`past/${range}`, this.#parts.token());
    if (spanSec !== this.#spanSec) return;
    if (answer === undefined || answer === 'refused') {
      setText(this.#note, 'The api did not answer; it is asked again.');
      this.#askedAt = Date.now() - (PAST.get(spanSec)?.everyMs ?? 0) + AGAIN_MS;
      return;
    }
    setText(this.#note, answer.known ? 'Of all pods together, from Prometheus.' : answer.reason);
    this.#past = answer.known ? pastColumns(answer.samples) : undefined;
    this.draw();
  }
}
