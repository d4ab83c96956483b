import { byId, setText } from './dom.js';

/** Under which name the token is kept: for this tab, until it is closed. */
const KEY = 'hybrid-sync.token';

/** Asks for a token, and keeps it for this tab. */
export class TokenPanel {
  readonly #dialog = byId('token-dialog', HTMLDialogElement);
  readonly #input = byId('token', HTMLInputElement);
  readonly #why = byId('token-why', HTMLElement);
  readonly #forget = byId('token-forget', HTMLButtonElement);
  #onGiven: () => void = () => undefined;

  /** `onChange` is told when another token is there, or none any more. */
  constructor(onChange: () => void) {
    byId('token-button', HTMLButtonElement).addEventListener('click', () =>
      this.ask('A token is sent with every call and kept for this tab only.'),
    );
    byId('token-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      sessionStorage.setItem(KEY, this.#input.value.trim());
      this.#close();
      onChange();
      this.#onGiven();
    });
    byId('token-cancel', HTMLButtonElement).addEventListener('click', () => this.#close());
    this.#forget.addEventListener('click', () => {
      sessionStorage.removeItem(KEY);
      onChange();
      // Whatever was read with it is gone with the page.
      location.reload();
    });
  }

  /** The token, if one was given. */
  get token(): string | undefined {
    return sessionStorage.getItem(KEY) ?? undefined;
  }

  /** Asks for a token, and says why; `onGiven` is called once there is one. */
  ask(why: string, onGiven: () => void = () => undefined): void {
    this.#onGiven = onGiven;
    setText(this.#why, why);
    this.#forget.hidden = this.token === undefined;
    if (!this.#dialog.open) this.#dialog.showModal();
    this.#input.focus();
  }

  #close(): void {
    this.#input.value = '';
    this.#dialog.close();
  }
}
