import type { Api } from './api.js';
import { AccessRefusedError, ClientError } from './client/index.js';
import { byId, html, setText } from './dom.js';
import type { TokenPanel } from './token-panel.js';

/** Does what the user asks for, and says beside it how that went. */
export class Actions {
  readonly #api: Api;
  readonly #tokens: TokenPanel;

  constructor(api: Api, tokens: TokenPanel) {
    this.#api = api;
    this.#tokens = tokens;
  }

  /**
   * Runs an action. A refusal is told at `place`; where another token would help, it is asked for, and the action runs
   * again with it.
   * @returns whether it went well at once
   */
  async run(place: HTMLElement, act: (api: Api) => Promise<void>): Promise<boolean> {
    place.setAttribute('aria-busy', 'true');
    try {
      await act(this.#api);
      return true;
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      place.replaceChildren(html('p', { class: 'refusal', role: 'alert' }, `✕ ${error.message}`));
      if (error instanceof AccessRefusedError && mayBeMended(error)) {
        this.#tokens.ask(error.message, () => void this.run(place, act));
      }
      return false;
    } finally {
      place.removeAttribute('aria-busy');
    }
  }

  /** Runs what nobody asked for: where the api refuses it, the page goes without. */
  async quietly(act: (api: Api) => Promise<void>): Promise<void> {
    try {
      await act(this.#api);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
    }
  }

  /** Tells at `place` what was done, and where one sees what it left. */
  done(place: HTMLElement, message: string, more?: { readonly text: string; readonly href: string }): void {
    const link = more === undefined ? [] : [html('a', { href: more.href }, more.text)];
    place.replaceChildren(html('p', { class: 'done' }, `✓ ${message} `, ...link));
    setText(byId('announcer', HTMLElement), message);
  }

  /** Asks whether something is really meant. */
  async confirm(question: string, verb: string): Promise<boolean> {
    const dialog = byId('confirm-dialog', HTMLDialogElement);
    setText(byId('confirm-question', HTMLElement), question);
    setText(byId('confirm-yes', HTMLElement), verb);
    dialog.returnValue = 'no';
    dialog.showModal();
    await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
    return dialog.returnValue === 'yes';
  }
}

/** Whether another token would help: what is forbidden for the host or the page is so whoever asks. */
function mayBeMended({ code, message }: AccessRefusedError): boolean {
  return code === 'UNAUTHORIZED' || message.includes('Authorization');
}
