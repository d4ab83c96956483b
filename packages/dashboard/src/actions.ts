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
   */
  async run(place: HTMLElement, act: (api: Api) => Promise<void>): Promise<void> {
    place.setAttribute('aria-busy', 'true');
    try {
      await act(this.#api);
    } catch (error) {
      if (!(error instanceof ClientError)) throw error;
      place.replaceChildren(html('p', { class: 'refusal', role: 'alert' }, `✕ ${error.message}`));
      if (error instanceof AccessRefusedError && mayBeMended(error)) {
        this.#tokens.ask(error.message, () => void this.run(place, act));
      }
    } finally {
      place.removeAttribute('aria-busy');
    }
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
