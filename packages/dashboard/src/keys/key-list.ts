import type { Actions } from '../actions.js';
import { hashOf } from '../address.js';
import type { Api } from '../api.js';
import { html } from '../dom.js';
import { formatDate } from '../format.js';
import { addressOf } from '../mend/report-address.js';
import { type Column, focusRow, table } from '../tables.js';
import { valueLine } from '../value-view.js';
import { type ListedKey, standingOf } from './standing.js';

/** Keys of a page. */
const PAGE = 50;
/** How long a page is looked for, in milliseconds: the cache may have none of its keys among those that one call looks at. */
const LOOK_MS = 5000;

const COLUMNS: readonly Column<ListedKey>[] = [
  ['Key', ({ key }) => html('a', { href: hashOf('keys', key) }, html('code', {}, key))],
  ['Value', ({ cache }) => (cache === null ? '–' : valueLine(cache))],
  ['Expires', ({ cache, shadow }) => expiryOf(cache ?? shadow)],
  ['How it came', ({ shadow }) => (shadow?.method === undefined ? '–' : method(shadow.method))],
  [
    'Both sides',
    (row) => {
      const { words, tone } = standingOf(row);
      return html('span', { class: `pill ${tone}` }, words);
    },
  ],
];

/** The keys that begin with a prefix, page by page. */
export class KeyList {
  readonly element: HTMLElement;
  readonly #actions: Actions;
  readonly #prefix = html('input', {
    ...{ id: 'keys-prefix', type: 'search', autocomplete: 'off', spellcheck: 'false' },
    placeholder: 'user:',
  });
  readonly #side = html(
    'select',
    { id: 'keys-side' },
    html('option', { value: 'shadow' }, 'the shadow store, in order'),
    html('option', { value: 'cache' }, 'the cache, in no order'),
  );
  readonly #rows = html('div', { id: 'keys-rows' });
  readonly #note = html('div', { id: 'keys-note', 'aria-live': 'polite' });
  readonly #back = html('button', { type: 'button', onclick: () => this.#turn(-1) }, '← Page before');
  readonly #on = html('button', { type: 'button', onclick: () => this.#turn(1) }, 'Next page →');
  /** Where each page begins that was seen, the shown one's last; undefined for the beginning. */
  #pages: (string | undefined)[] = [undefined];
  #next: string | undefined;

  constructor(actions: Actions) {
    this.#actions = actions;
    const form = html(
      'form',
      { role: 'search', class: 'filters' },
      html(
        'p',
        { class: 'field' },
        html('label', { for: 'keys-prefix' }, 'Keys that begin with'),
        this.#prefix,
      ),
      html('p', { class: 'field' }, html('label', { for: 'keys-side' }, 'Listed by'), this.#side),
      html(
        'p',
        { class: 'buttons' },
        html('button', { type: 'submit', class: 'primary' }, 'List'),
        html('button', { type: 'button', onclick: () => this.#verify() }, 'Verify these…'),
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.reload();
    });
    this.#side.addEventListener('change', () => this.reload());
    this.element = html(
      'section',
      { id: 'key-list', class: 'card', 'aria-labelledby': 'keys-title' },
      html(
        'div',
        { class: 'head' },
        html('h2', { id: 'keys-title' }, 'Keys'),
        html('span', { class: 'scope' }, 'all pods'),
      ),
      form,
      this.#note,
      this.#rows,
      html('p', { class: 'buttons pager' }, this.#back, this.#on),
    );
  }

  /** Lists from the beginning. */
  reload(): void {
    this.#pages = [undefined];
    void this.#show();
  }

  /** Forgets what is shown: another reader may not be allowed to see it. */
  clear(): void {
    this.#rows.replaceChildren();
    this.#note.replaceChildren();
  }

  #turn(by: 1 | -1): void {
    if (by === 1) this.#pages.push(this.#next);
    else this.#pages.pop();
    void this.#show().then(() => focusRow(this.#rows, 0));
  }

  /** Leads to what verifies the keys with the prefix. */
  #verify(): void {
    location.hash = addressOf({ job: 'verify', keys: this.#prefix.value, perSecond: '', report: '' });
  }

  async #show(): Promise<void> {
    const asked = this.#pages;
    this.#back.disabled = true;
    this.#on.disabled = true;
    this.#note.replaceChildren(html('p', { class: 'note' }, 'Looking…'));
    const done = await this.#actions.run(this.#note, async (api) => {
      const { rows, next } = await this.#page(api, asked);
      if (asked !== this.#pages) return;
      this.#next = next;
      this.#note.replaceChildren(html('p', { class: 'note' }, this.#words(rows.length)));
      this.#rows.replaceChildren(...(rows.length === 0 ? [] : [table(COLUMNS, rows)]));
      this.#back.disabled = this.#pages.length === 1;
      this.#on.disabled = next === undefined;
    });
    if (!done && asked === this.#pages) this.#rows.replaceChildren();
  }

  #words(rows: number): string {
    const more = this.#next === undefined ? 'There are no more.' : 'There are more.';
    if (rows === 0) {
      return this.#next === undefined
        ? 'There are none.'
        : 'None among those that were looked at; the next page goes on.';
    }
    return `Page ${this.#pages.length}: ${rows} keys. ${more} Each side was read once, so what is on its way may show; verifying tells for sure.`;
  }

  async #page(api: Api, asked: readonly (string | undefined)[]) {
    const [prefix, side] = [this.#prefix.value, this.#side.value === 'cache' ? 'cache' : 'shadow'] as const;
    const rows = new Map<string, ListedKey>();
    const until = performance.now() + LOOK_MS;
    let cursor = asked.at(-1);
    // Something else may be asked for meanwhile.
    while (asked === this.#pages && rows.size < PAGE) {
      const page = await api.call('hybrid_sync_keys', { prefix, side, cursor, limit: PAGE });
      for (const row of page.keys) rows.set(row.key, row);
      cursor = page.cursor ?? undefined;
      if (cursor === undefined || performance.now() > until) break;
    }
    return { rows: [...rows.values()], next: cursor };
  }
}

function expiryOf(side: { readonly expireAt?: string | undefined } | null): Node | string {
  const at = side?.expireAt;
  return at === undefined ? 'never' : html('time', { datetime: at }, formatDate(at));
}

function method(name: string): HTMLElement {
  return html('span', { class: `pill ${name}` }, name);
}
