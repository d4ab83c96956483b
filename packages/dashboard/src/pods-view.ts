import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Api } from './api.js';
import { ClientError } from './client/index.js';
import { byId, html, setText } from './dom.js';
import { podRow, projectorRow, sumsOf } from './pods-figures.js';
import { LiveTable } from './tables.js';

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
  readonly #pods = new LiveTable(POD_COLUMNS);
  readonly #projectors = new LiveTable(PROJECTOR_COLUMNS);
  #timer: number | undefined;
  #asking = false;

  constructor(parts: PodsViewParts) {
    this.#parts = parts;
    byId('pods-table', HTMLElement).append(this.#pods.element);
    byId('projectors-table', HTMLElement).append(this.#projectors.element);
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
    const onclick = () => this.#parts.open(pod);
    return html('button', { type: 'button', 'aria-label': `Show ${pod}`, onclick }, 'Show');
  }
}
