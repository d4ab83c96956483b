import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Actions } from './actions.js';
import { hashOf } from './address.js';
import type { Api } from './api.js';
import { byId, html } from './dom.js';
import { formatAgo, formatCount } from './format.js';
import { calls } from './locks.js';
import { PagedList } from './paged-list.js';
import { type Column, focusRow, sideBySide, table } from './tables.js';

type Listed = ToolResult<'hybrid_sync_dead_letters'>;
type DeadLetter = Listed['deadLetters'][number];
type Change = 'requeue' | 'discard';

const TOOLS = {
  requeue: 'hybrid_sync_requeue_dead_letters',
  discard: 'hybrid_sync_discard_dead_letters',
} as const;
const VERBS = { requeue: 'Requeue', discard: 'Discard' } as const;
/** Dead letters that are listed at once. */
const LISTED = 50;
/** Dead letters that one press of "all" changes, and that are listed anew in one call, at most. */
const AT_ONCE = 1000;

/** The events that were given up, with what can be done about them. */
export class DeadLetterList {
  readonly #actions: Actions;
  readonly #list = byId('dead-list', HTMLElement);
  readonly #note = byId('dead-note', HTMLElement);
  readonly #all = byId('dead-all', HTMLElement);
  readonly #columns: readonly Column<DeadLetter>[] = [
    ['Key', ({ key }) => html('a', { href: hashOf('keys', key) }, html('code', {}, key))],
    ['What', ({ op }) => (op === 'set' ? 'set' : 'delete')],
    ['Attempts', ({ attempts }) => formatCount(attempts)],
    ['Why', ({ reason }) => reason],
    ['Written', ({ at }) => html('time', { datetime: at }, formatAgo(Date.now() - Date.parse(at)))],
    ['Actions', (letter) => sideBySide(this.#button('requeue', letter), this.#button('discard', letter))],
  ];
  readonly #letters = new PagedList<DeadLetter>({
    page: LISTED,
    most: AT_ONCE,
    read: async (api, limit, cursor) => {
      const { deadLetters: items, ...rest } = await api.call('hybrid_sync_dead_letters', { limit, cursor });
      return { items, ...rest };
    },
  });
  /** How many there were when they were listed; null while that is not known, undefined before the first look. */
  #count: number | null | undefined;

  constructor(actions: Actions) {
    this.#actions = actions;
    byId('dead-refresh', HTMLButtonElement).addEventListener('click', () => {
      this.#note.replaceChildren();
      void this.#refresh();
    });
    for (const change of ['requeue', 'discard'] as const) {
      byId(`dead-${change}-all`, HTMLButtonElement).addEventListener(
        'click',
        () => void this.#change(change),
      );
    }
  }

  /** Lists them anew when their number, as sampled in the background, is another one. */
  show(count: number | null): void {
    const before = this.#count ?? 0;
    // A list that is shown stays: MongoDB may be back before it is read.
    if (count === this.#count || (count === null && before > 0)) return;
    this.#count = count;
    this.#all.hidden = (count ?? 0) === 0;
    if (count === null) this.#say('Not known while MongoDB does not answer.');
    else if (count > 0 || before > 0) void this.#refresh();
    else this.#say('✓ There are none.');
  }

  /** Brings the list into view. */
  see(): void {
    byId('dead-title', HTMLElement).scrollIntoView({ block: 'start' });
    byId('dead-refresh', HTMLButtonElement).focus({ preventScroll: true });
  }

  async #refresh(): Promise<void> {
    await this.#actions.run(this.#note, (api) => this.#load(api));
  }

  async #load(api: Api): Promise<void> {
    await this.#letters.reload(api);
    this.#render();
  }

  async #more(api: Api): Promise<void> {
    const before = await this.#letters.more(api);
    this.#render();
    if (before !== undefined) focusRow(this.#list, before);
  }

  #render(): void {
    const { items, hasMore } = this.#letters;
    this.#all.hidden = items.length === 0;
    if (items.length === 0) {
      this.#say('✓ There are none.');
      return;
    }
    this.#list.replaceChildren(table(this.#columns, items));
    if (!hasMore) return;
    const more = () => void this.#actions.run(this.#note, (api) => this.#more(api));
    this.#list.append(
      html('p', { class: 'note' }, `The first ${formatCount(items.length)} are listed.`),
      html(
        'p',
        { class: 'buttons' },
        html('button', { type: 'button', onclick: more }, `List ${LISTED} more`),
      ),
    );
  }

  #say(text: string): void {
    this.#list.replaceChildren(html('p', { class: 'note' }, text));
  }

  #button(change: Change, letter: DeadLetter): HTMLElement {
    const verb = VERBS[change];
    return html(
      'button',
      {
        ...{ type: 'button', class: change === 'discard' && 'danger' },
        ...calls(TOOLS[change]),
        'aria-label': `${verb} ${letter.key}`,
        onclick: () => void this.#change(change, letter),
      },
      verb,
    );
  }

  async #change(change: Change, letter?: DeadLetter): Promise<void> {
    const what =
      letter === undefined ? `up to ${AT_ONCE} dead letters` : `the dead letter of "${letter.key}"`;
    const question =
      change === 'requeue'
        ? `Try ${what} again, with a full round of attempts?`
        : `Discard ${what} for good? The shadow stays behind the cache until the key is written again.`;
    if (!(await this.#actions.confirm(question, VERBS[change]))) return;
    await this.#actions.run(this.#note, async (api) => {
      const which = letter === undefined ? { limit: AT_ONCE } : { ids: [letter.id] };
      const all = letter === undefined ? { all: true } : {};
      const { message } =
        change === 'requeue'
          ? await api.call('hybrid_sync_requeue_dead_letters', which)
          : await api.call('hybrid_sync_discard_dead_letters', { ...which, ...all, apply: true });
      await this.#load(api);
      const left =
        letter === undefined
          ? { text: 'Verify what is behind still', href: hashOf('mend', 'verify') }
          : { text: 'Both sides of the key, and its versions', href: hashOf('keys', letter.key) };
      this.#actions.done(this.#note, message, left);
    });
  }
}
