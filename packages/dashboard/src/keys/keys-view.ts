import type { Actions } from '../actions.js';
import { byId } from '../dom.js';
import { KeyDetail } from './key-detail.js';
import { KeyList } from './key-list.js';
import { TryKey } from './try-key.js';

/** The view of the keys: a list of them, or one of them, and a form to write one. */
export class KeysView {
  readonly #list: KeyList;
  readonly #page: KeyDetail;
  readonly #try: TryKey;
  /** Which key is shown; empty for the list. */
  #detail = '';

  constructor(actions: Actions) {
    this.#list = new KeyList(actions);
    this.#page = new KeyDetail(actions, (key, text) => this.#try.fill(key, text));
    this.#try = new TryKey(actions, (key) => this.#page.changed(key));
    byId('keys-content', HTMLElement).append(this.#list.element, this.#page.element);
  }

  /** Shows the key of this name, or the list for none. */
  show(detail: string): void {
    this.#detail = detail;
    this.#list.element.hidden = detail !== '';
    this.#page.element.hidden = detail === '';
    if (detail === '') {
      this.#list.reload();
      return;
    }
    this.#page.show(detail);
  }

  /** Forgets what was read with another token, and reads it anew. */
  renew(shown: boolean): void {
    this.#list.clear();
    this.#page.clear();
    if (shown) this.show(this.#detail);
  }
}
