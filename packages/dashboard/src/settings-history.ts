import { askWhy } from './act-dialog.js';
import type { Actions } from './actions.js';
import { hashOf } from './address.js';
import type { Api } from './api.js';
import { inWords, type PastChange, settingValue } from './change-words.js';
import { byId, html } from './dom.js';
import { formatAgo } from './format.js';
import { calls } from './locks.js';
import { PagedList } from './paged-list.js';
import { changeOver } from './rival.js';
import { type Column, focusRow, table } from './tables.js';
import { undoOf } from './undo.js';

/** Changes that one question asks for, and that are read anew in one call, at most. */
const PAGE = 20;
const MOST = 100;
/** The section that shows them, as the overview's address names it, and a link there. */
export const SETTINGS_HISTORY = {
  text: 'History of the settings',
  href: hashOf('overview', 'settings-history'),
};

/** Who changed which settings at run time, when and why, with undo; read when the section is opened, and after each change. */
export class SettingsHistory {
  readonly #actions: Actions;
  readonly #changed: (api: Api) => Promise<void>;
  readonly #section = byId('settings-history', HTMLDetailsElement);
  readonly #note = byId('history-note', HTMLElement);
  readonly #list = byId('history-list', HTMLElement);
  readonly #columns: readonly Column<PastChange>[] = [
    ['When', whenOf],
    ['Who', ({ by }) => by ?? 'not known'],
    ['What', whatOf],
    ['Why', ({ reason }) => reason ?? '–'],
    ['Actions', (change) => this.#undo(change)],
  ];
  readonly #changes = new PagedList<PastChange>({
    page: PAGE,
    most: MOST,
    read: async (api, limit, cursor) => {
      const { changes: items, ...rest } = await api.call('hybrid_sync_settings_history', { limit, cursor });
      return { items, ...rest };
    },
  });

  /** `changed`: is told after an undo, and where someone else was first. */
  constructor(actions: Actions, changed: (api: Api) => Promise<void>) {
    this.#actions = actions;
    this.#changed = changed;
    this.#section.addEventListener('toggle', () => {
      if (this.#section.open) void actions.run(this.#note, (api) => this.load(api));
    });
  }

  /** Opens the section, brings it into view, and reads it anew. */
  open(): void {
    if (this.#section.open) void this.#actions.run(this.#note, (api) => this.load(api));
    this.#section.open = true;
    this.#section.scrollIntoView({ block: 'start' });
    this.#section.querySelector('summary')?.focus({ preventScroll: true });
  }

  /** Reads what is listed of the changes anew, where they are shown. */
  async load(api: Api): Promise<void> {
    if (!this.#section.open) return;
    await this.#changes.reload(api);
    this.#render();
  }

  async #more(api: Api): Promise<void> {
    const before = await this.#changes.more(api);
    this.#render();
    if (before !== undefined) focusRow(this.#list, before);
  }

  #render(): void {
    const { items, hasMore } = this.#changes;
    if (items.length === 0) {
      const nothing = 'Nothing was changed at run time yet.';
      this.#list.replaceChildren(html('p', { class: 'note' }, nothing));
      return;
    }
    this.#list.replaceChildren(table(this.#columns, items));
    if (!hasMore) return;
    const older = () => void this.#actions.run(this.#note, (api) => this.#more(api));
    this.#list.append(
      html('p', { class: 'buttons' }, html('button', { type: 'button', onclick: older }, 'Older changes')),
    );
  }

  #undo(change: PastChange): HTMLElement {
    const name = `Undo change ${change.revision ?? ''}`;
    return html(
      'button',
      {
        ...{ type: 'button', ...calls('hybrid_sync_settings_set'), 'aria-label': name },
        onclick: () => void this.#ask(change),
      },
      'Undo',
    );
  }

  async #ask(change: PastChange): Promise<void> {
    const { items } = this.#changes;
    const seen = items[0]?.revision ?? 0;
    const undo = undoOf(change, items.slice(0, items.indexOf(change)));
    const reason = await askWhy({
      title: `Undo change ${change.revision ?? ''}?`,
      effects: [`${inWords(change)}.`, ...undo.effects, 'Every pod and projector follows within a second.'],
      verb: 'Undo it',
      needsReason: false,
      reason: `Undoes change ${change.revision ?? ''}`.trim(),
    });
    if (reason === undefined) return;
    await this.#actions.run(this.#note, async (api) => {
      try {
        const { message } = await changeOver(api, seen, (terms) =>
          api.call('hybrid_sync_settings_set', {
            settings: undo.values,
            ...terms,
            ...(reason === '' ? {} : { reason }),
          }),
        );
        this.#actions.done(this.#note, `Undone. ${message}`);
      } finally {
        await this.load(api);
        await this.#changed(api);
      }
    });
  }
}

function whenOf({ at }: PastChange): HTMLElement {
  const ago = at === null ? 'not known' : formatAgo(Date.now() - Date.parse(at));
  return html('time', { datetime: at ?? undefined, title: at ?? undefined }, ago);
}

function whatOf({ settings }: PastChange): HTMLElement {
  const each = settings.map(({ name, before, after }) =>
    html(
      'div',
      {},
      html('code', {}, name),
      ` ${settingValue(before)} → `,
      html('b', {}, settingValue(after)),
    ),
  );
  return html('div', {}, ...each);
}
