import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Actions } from './actions.js';
import type { Api } from './api.js';
import { RevisionConflictError } from './client/index.js';
import { byId, setText } from './dom.js';
import { changeOver } from './rival.js';
import { SETTINGS_HISTORY } from './settings-history.js';

/** A setting as the api shows it. */
export type Setting = ToolResult<'hybrid_sync_settings'>['settings'][number];

/** The dialog that changes a setting of the whole deployment, or takes it back to the value of the start. */
export class SettingEditor {
  readonly #actions: Actions;
  readonly #note: HTMLElement;
  readonly #reload: (api: Api) => Promise<void>;
  readonly #dialog = byId('setting-dialog', HTMLDialogElement);
  readonly #value = byId('setting-value', HTMLInputElement);
  readonly #reason = byId('setting-reason', HTMLInputElement);
  #name = '';
  #revision = 0;

  /** `note`: where the outcome is told. `reload`: shows the settings anew. */
  constructor(actions: Actions, note: HTMLElement, reload: (api: Api) => Promise<void>) {
    this.#actions = actions;
    this.#note = note;
    this.#reload = reload;
    byId('setting-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      this.#dialog.close();
      void this.#change(event.submitter === byId('setting-reset', HTMLButtonElement));
    });
    byId('setting-cancel', HTMLButtonElement).addEventListener('click', () => this.#dialog.close());
  }

  /** Offers to change a setting, as it was shown at this revision. */
  open({ name, value, source, meaning }: Setting, revision: number): void {
    this.#name = name;
    this.#revision = revision;
    setText(byId('setting-title', HTMLElement), name);
    setText(byId('setting-meaning', HTMLElement), meaning);
    this.#value.value = value === null ? '' : String(value);
    this.#reason.value = '';
    byId('setting-reset', HTMLButtonElement).hidden = source !== 'run-time';
    this.#dialog.showModal();
    this.#value.select();
  }

  async #change(back: boolean): Promise<void> {
    const name = this.#name;
    const { value } = this.#value;
    const reason = this.#reason.value.trim();
    const why = reason === '' ? {} : { reason };
    await this.#actions.run(this.#note, async (api) => {
      try {
        const { message } = await changeOver(api, this.#revision, (terms) =>
          back
            ? api.call('hybrid_sync_settings_reset', { names: [name], apply: true, ...terms, ...why })
            : api.call('hybrid_sync_settings_set', { settings: { [name]: value }, ...terms, ...why }),
        );
        this.#actions.done(this.#note, `${name}: ${message}`, SETTINGS_HISTORY);
      } catch (error) {
        if (error instanceof RevisionConflictError) await this.#reload(api);
        throw error;
      }
      await this.#reload(api);
    });
  }
}
