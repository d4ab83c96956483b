import { askWhy } from './act-dialog.js';
import type { Actions } from './actions.js';
import { hashOf } from './address.js';
import type { Api } from './api.js';
import { type Change, inWords, valueIn } from './change-words.js';
import { byId, html } from './dom.js';
import { formatAgo } from './format.js';
import { calls } from './locks.js';
import { changeOver } from './rival.js';
import { undoOf } from './undo.js';

/** Changes that one question asks for. */
const PAGE = 20;
/** The section that shows them, as the overview's address names it, and a link there. */
export const SETTINGS_HISTORY = {
  text: 'History of the settings',
  href: hashOf('overview', 'settings-history'),
};
const HEAD = ['When', 'Who', 'What', 'Why', 'Actions'];

/** Who changed which settings at run time, when and why, with undo; read when the section is opened, and after each change. */
export class SettingsHistory {
  readonly #actions: Actions;
  readonly #changed: (api: Api) => Promise<void>;
  readonly #section = byId('settings-history', HTMLDetailsElement);
  readonly #note = byId('history-note', HTMLElement);
  readonly #list = byId('history-list', HTMLElement);
  #changes: readonly Change[] = [];
  #cursor: string | null = null;

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

  /** Reads the last changes anew, where they are shown. */
  async load(api: Api): Promise<void> {
    if (!this.#section.open) return;
    this.#changes = [];
    await this.#more(api);
  }

  async #more(api: Api, after?: string): Promise<void> {
    const { changes, cursor } = await api.call('hybrid_sync_settings_history', {
      limit: PAGE,
      cursor: after,
    });
    this.#changes = [...this.#changes, ...changes];
    this.#cursor = cursor;
    this.#render();
  }

  #render(): void {
    if (this.#changes.length === 0) {
      const nothing = 'Nothing was changed at run time yet.';
      this.#list.replaceChildren(html('p', { class: 'note' }, nothing));
      return;
    }
    this.#list.replaceChildren(
      html(
        'table',
        { class: 'stacked' },
        html('thead', {}, html('tr', {}, ...HEAD.map((name) => html('th', { scope: 'col' }, name)))),
        html('tbody', {}, ...this.#changes.map((change, index) => this.#row(change, index))),
      ),
    );
    const cursor = this.#cursor;
    if (cursor === null) return;
    const older = html('button', { type: 'button' }, 'Older changes');
    older.addEventListener('click', () => {
      void this.#actions.run(this.#note, (api) => this.#more(api, cursor));
    });
    this.#list.append(html('p', { class: 'buttons' }, older));
  }

  #row(change: Change, index: number): HTMLElement {
    const { at, by, reason, settings, revision } = change;
    const cell = (label: string, ...children: (Node | string)[]) =>
      html('td', { 'data-label': label }, ...children);
    const ago = at === null ? 'not known' : formatAgo(Date.now() - Date.parse(at));
    const what = settings.map(({ name, before, after }) =>
      html('div', {}, html('code', {}, name), ` ${valueIn(before)} → `, html('b', {}, valueIn(after))),
    );
    return html(
      'tr',
      {},
      cell('When', html('time', { datetime: at ?? undefined, title: at ?? undefined }, ago)),
      cell('Who', by ?? 'not known'),
      cell('What', html('div', {}, ...what)),
      cell('Why', reason ?? '–'),
      cell('Actions', this.#undo(change, index, `change ${revision ?? ''}`)),
    );
  }

  #undo(change: Change, index: number, name: string): HTMLElement {
    const button = html(
      'button',
      { type: 'button', ...calls('hybrid_sync_settings_set'), 'aria-label': `Undo ${name}` },
      'Undo',
    );
    button.addEventListener('click', () => void this.#ask(change, index));
    return button;
  }

  async #ask(change: Change, index: number): Promise<void> {
    const seen = this.#changes[0]?.revision ?? 0;
    const undo = undoOf(change, this.#changes.slice(0, index));
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
