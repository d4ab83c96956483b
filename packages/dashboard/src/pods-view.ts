import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Api } from './api.js';
import { ClientError } from './client/index.js';
import { byId, html, setAttributes, setText } from './dom.js';
import { type ProcessRow, podRow, projectorRow, sumsOf } from './pods-figures.js';

type Statistics = ToolResult<'hybrid_sync_stats'>;

/** Time between two questions, in milliseconds: pods say how they are about as often. */
const POLL_MS = 1000;

/** What the view needs of the rest of the page. */
export interface PodsViewParts {
  readonly api: Api;
  /** Whether the view is shown now. */
  readonly isShown: () => boolean;
  /** The pods that answer this page, by the names they give themselves. */
  readonly reachable: () => readonly string[];
  /** Shows a pod's own view. */
  readonly open: (pod: string) => void;
}

const POD_COLUMNS = [
  'Pod',
  'State',
  'Writes /s',
  'Fast path',
  'Refused /s',
  '99 % within',
  'Workers',
  'Heard of',
  'Its view',
];
const PROJECTOR_COLUMNS = ['Projector', 'State', 'Projected /s', 'Slots in hand', 'Heard of'];

/**
 * All pods and projectors, by what each says of itself in its heartbeat: one question to one pod, however many there are.
 * It is asked while the view is shown and somebody looks.
 */
export class PodsView {
  readonly #parts: PodsViewParts;
  readonly #note = byId('pods-note', HTMLElement);
  readonly #pods = new Table('pods-table', POD_COLUMNS);
  readonly #projectors = new Table('projectors-table', PROJECTOR_COLUMNS);
  #timer: number | undefined;
  #asking = false;

  constructor(parts: PodsViewParts) {
    this.#parts = parts;
    document.addEventListener('visibilitychange', () => this.resume());
  }

  /** Asks at once, and goes on while the view is shown. */
  resume(): void {
    window.clearTimeout(this.#timer);
    if (!this.#asking && this.#parts.isShown() && !document.hidden) void this.#ask();
  }

  async #ask(): Promise<void> {
    this.#asking = true;
    try {
      this.#show(await this.#parts.api.call('hybrid_sync_stats', {}));
      this.#note.replaceChildren();
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      this.#note.replaceChildren(html('p', { class: 'refusal' }, `✕ ${error.message}`));
    } finally {
      this.#asking = false;
    }
    this.#timer = window.setTimeout(() => this.resume(), POLL_MS);
  }

  #show(statistics: Statistics): void {
    for (const [name, text] of Object.entries(sumsOf(statistics))) {
      setText(byId(`sum-${name}`, HTMLElement), text);
    }
    const { pods, projectors } = statistics;
    this.#pods.show((pods ?? []).map(podRow), ({ id, cells }, row) => [...cells, this.#way(id, row)]);
    this.#projectors.show((projectors ?? []).map(projectorRow), ({ cells }) => cells);
  }

  /** The way to a pod's own view; behind a balancer, a pod that has not answered this page lately has none. */
  #way(id: string, row: HTMLTableRowElement): HTMLElement | string {
    const pod = this.#parts.reachable().find((name) => id === name || id.startsWith(`${name}-`));
    if (pod === undefined) return 'does not answer here';
    const there = row.querySelector('button');
    if (there !== null) return there;
    const button = html('button', { type: 'button', 'aria-label': `Show ${pod}` }, 'Show');
    button.addEventListener('click', () => this.#parts.open(pod));
    return button;
  }
}

/** A table whose rows stay while what they tell changes: a focus in them is not lost. */
class Table {
  readonly #body = html('tbody');
  readonly #columns: readonly string[];
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(place: string, columns: readonly string[]) {
    this.#columns = columns;
    const head = html('tr', {}, ...columns.map((name) => html('th', { scope: 'col' }, name)));
    byId(place, HTMLElement).replaceChildren(
      html('table', { class: 'stacked figures' }, html('thead', {}, head), this.#body),
    );
  }

  show(
    rows: readonly ProcessRow[],
    cellsOf: (row: ProcessRow, element: HTMLTableRowElement) => readonly (HTMLElement | string)[],
  ): void {
    const sorted = rows.toSorted((a, b) => a.id.localeCompare(b.id, 'en', { numeric: true }));
    for (const [id, element] of this.#rows) {
      if (sorted.some((row) => row.id === id)) continue;
      element.remove();
      this.#rows.delete(id);
    }
    sorted.forEach((row, index) => {
      const element = this.#rows.get(row.id) ?? this.#made(row.id);
      setAttributes(element, { 'data-severity': row.severity });
      for (const [column, cell] of cellsOf(row, element).entries()) fill(element.cells[column], cell);
      if (this.#body.children[index] !== element)
        this.#body.insertBefore(element, this.#body.children[index] ?? null);
    });
  }

  #made(id: string): HTMLTableRowElement {
    const row = html('tr', {}, ...this.#columns.map((name) => html('td', { 'data-label': name })));
    this.#rows.set(id, row);
    return row;
  }
}

function fill(cell: HTMLTableCellElement | undefined, content: HTMLElement | string): void {
  if (cell === undefined) return;
  if (typeof content === 'string') setText(cell, content);
  else if (cell.firstElementChild !== content) cell.replaceChildren(content);
}
