import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Actions } from './actions.js';
import type { Api } from './api.js';
import { byId, html } from './dom.js';
import { formatAgo, formatCount } from './format.js';
import { calls } from './locks.js';
import { type Setting, SettingEditor } from './setting-editor.js';
import { SettingsHistory } from './settings-history.js';
import { type Column, table } from './tables.js';

type Listed = ToolResult<'hybrid_sync_settings'>;

const SOURCES: Readonly<Record<Setting['source'], string>> = {
  default: 'default',
  file: 'file',
  environment: 'environment',
  'run-time': 'run time',
};

/** The settings in force and where they came from, read when the section is opened and after each change. */
export class SettingsTable {
  readonly #section = byId('settings', HTMLDetailsElement);
  readonly #list = byId('settings-list', HTMLElement);
  readonly #note = byId('settings-note', HTMLElement);
  readonly #filter = byId('settings-filter', HTMLInputElement);
  readonly #editor: SettingEditor;
  readonly #columns: readonly Column<Setting>[] = [
    [
      'Setting',
      ({ name, environment }) => html('div', {}, html('code', {}, name), html('small', {}, environment)),
    ],
    ['Value', (setting) => html('code', {}, shown(setting))],
    ['From', sourceOf],
    ['Meaning', ({ meaning }) => meaning],
    ['Actions', (setting) => this.#action(setting)],
  ];
  #listed: Pick<Listed, 'revision' | 'settings'> = { revision: 0, settings: [] };

  /** Shows the history of the settings, which is read anew after each change. */
  readonly #history: SettingsHistory;

  constructor(actions: Actions) {
    this.#history = new SettingsHistory(actions, (api) => this.#load(api));
    this.#editor = new SettingEditor(actions, this.#note, async (api) => {
      await this.#load(api);
      await this.#history.load(api);
    });
    this.#section.addEventListener('toggle', () => {
      if (this.#section.open) void actions.run(this.#note, (api) => this.#load(api));
    });
    this.#filter.addEventListener('input', () => this.#render());
  }

  /** Shows who changed what, when and why. */
  seeHistory(): void {
    this.#history.open();
  }

  async #load(api: Api): Promise<void> {
    if (!this.#section.open) return;
    this.#listed = await api.call('hybrid_sync_settings', {});
    this.#render();
  }

  #render(): void {
    const { settings, revision } = this.#listed;
    const words = this.#filter.value.toLowerCase().split(/\s+/);
    const found = settings.filter((setting) => {
      const text = `${setting.name} ${setting.environment} ${SOURCES[setting.source]} ${setting.meaning}`;
      return words.every((word) => text.toLowerCase().includes(word));
    });
    const count = `${formatCount(found.length)} of ${formatCount(settings.length)}`;
    this.#list.replaceChildren(
      html('p', { class: 'note' }, `${count}; changed at run time ${formatCount(revision)} times.`),
      table(this.#columns, found),
    );
  }

  #action(setting: Setting): HTMLElement {
    if (!setting.atRunTime) return html('small', {}, 'at the start only');
    const onclick = () => this.#editor.open(setting, this.#listed.revision);
    const name = `Change ${setting.name}`;
    return html(
      'button',
      { type: 'button', ...calls('hybrid_sync_settings_set'), 'aria-label': name, onclick },
      'Change',
    );
  }
}

function shown({ hidden, value }: Setting): string {
  return hidden ? '(not shown)' : value === null ? '(none)' : String(value);
}

/** Where a value came from; of one that was set at run time also by whom and when. */
function sourceOf({ source, by, at }: Setting): HTMLElement {
  const word = SOURCES[source];
  if (by === undefined || at === undefined) return html('span', {}, word);
  const ago = formatAgo(Date.now() - Date.parse(at));
  return html('div', {}, html('b', {}, word), html('small', {}, `by ${by}, ${ago}`));
}
