import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Actions } from './actions.js';
import { byId, html } from './dom.js';
import { formatCount } from './format.js';

type Setting = ToolResult<'hybrid_sync_settings'>['settings'][number];

/** The settings in force, read when the section is opened. */
export class SettingsTable {
  readonly #actions: Actions;
  readonly #section = byId('settings', HTMLDetailsElement);
  readonly #list = byId('settings-list', HTMLElement);
  readonly #filter = byId('settings-filter', HTMLInputElement);
  #settings: readonly Setting[] = [];

  constructor(actions: Actions) {
    this.#actions = actions;
    this.#section.addEventListener('toggle', () => {
      if (this.#section.open) void this.#load();
    });
    this.#filter.addEventListener('input', () => this.#render());
  }

  async #load(): Promise<void> {
    await this.#actions.run(this.#list, async (api) => {
      const { settings } = await api.call<ToolResult<'hybrid_sync_settings'>>({ path: 'sync/settings' });
      this.#settings = settings;
      this.#render();
    });
  }

  #render(): void {
    const words = this.#filter.value.toLowerCase().split(/\s+/);
    const found = this.#settings.filter(({ name, environment, meaning }) => {
      const text = `${name} ${environment} ${meaning}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    this.#list.replaceChildren(
      html('p', { class: 'note' }, `${formatCount(found.length)} of ${formatCount(this.#settings.length)}`),
      html(
        'table',
        { class: 'stacked' },
        html(
          'thead',
          {},
          html(
            'tr',
            {},
            ...['Setting', 'Value', 'Meaning'].map((name) => html('th', { scope: 'col' }, name)),
          ),
        ),
        html('tbody', {}, ...found.map(row)),
      ),
    );
  }
}

function row({ name, environment, value, hidden, meaning }: Setting): HTMLElement {
  const shown = hidden ? '(not shown)' : value === null ? '(none)' : String(value);
  return html(
    'tr',
    {},
    html('td', { 'data-label': 'Setting' }, html('code', {}, name), html('small', {}, environment)),
    html('td', { 'data-label': 'Value' }, html('code', {}, shown)),
    html('td', { 'data-label': 'Meaning' }, meaning),
  );
}
