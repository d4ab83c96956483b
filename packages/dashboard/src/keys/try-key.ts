import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Actions } from '../actions.js';
import { hashOf } from '../address.js';
import { byId, html } from '../dom.js';
import { formatMs } from '../format.js';
import { nameList } from '../tables.js';

type Written = ToolResult<'kv_set'> & { readonly existed?: boolean };
type Read = ToolResult<'kv_get'>;

/** How long a shadow is waited for, in milliseconds. */
const WAIT_MS = 15_000;

/** The form that sets, gets and deletes a key, and tells how the api answered. */
export class TryKey {
  readonly #actions: Actions;
  readonly #key = byId('try-key', HTMLInputElement);
  readonly #value = byId('try-value', HTMLTextAreaElement);
  readonly #ttl = byId('try-ttl', HTMLInputElement);
  readonly #answer = byId('try-answer', HTMLElement);
  readonly #onWritten: (key: string) => void;
  /** Told apart from answers to earlier questions. */
  #asked = 0;

  /** `onWritten`: told of each key that was written, and again once its shadow has it. */
  constructor(actions: Actions, onWritten: (key: string) => void) {
    this.#actions = actions;
    this.#onWritten = onWritten;
    byId('try-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const { submitter } = event;
      if (submitter instanceof HTMLButtonElement) void this.#ask(submitter.value);
    });
  }

  /** Puts a key into the form, with what it holds, where that is another key than the one that is there. */
  fill(key: string, value = ''): void {
    if (this.#key.value === key) return;
    this.#key.value = key;
    this.#value.value = value;
    this.#answer.replaceChildren();
  }

  async #ask(what: string): Promise<void> {
    const asked = ++this.#asked;
    const key = this.#key.value;
    const question = `Delete "${key}" from the cache, and leave a tombstone in the shadow store?`;
    if (what === 'delete' && !(await this.#actions.confirm(question, 'Delete'))) return;
    const startedAt = performance.now();
    const tookMs = () => performance.now() - startedAt;
    await this.#actions.run(this.#answer, async (api) => {
      if (what === 'get') {
        this.#show(readAnswer(await api.call('kv_get', { key }), tookMs()));
        return;
      }
      const ttlSec = this.#ttl.value === '' ? undefined : Number(this.#ttl.value);
      const written: Written =
        what === 'set'
          ? await api.call('kv_set', { key, value: this.#value.value, ttlSec })
          : await api.call('kv_del', { key });
      const shadow = html('dd', {}, written.method === 'ASYNC_THREAD' ? 'has it now' : 'not yet; waiting…');
      this.#show(writeAnswer(written, tookMs(), shadow));
      this.#onWritten(key);
      if (written.method === 'ASYNC_THREAD') return;
      const { version } = written;
      const wait = { key, version, waitMs: WAIT_MS };
      const { reached } = await api.call('hybrid_sync_wait', wait);
      if (asked !== this.#asked) return;
      shadow.textContent = reached
        ? `has it, ${formatMs(tookMs())} after the write was sent`
        : 'still not; the projector brings it later';
      this.#onWritten(key);
    });
  }

  #show(answer: HTMLElement): void {
    this.#answer.replaceChildren(answer);
  }
}

function readAnswer({ found, value, version, expireAt }: Read, tookMs: number): HTMLElement {
  return nameList([
    ['found', found ? 'yes' : 'no'],
    ['value', value === undefined ? undefined : html('code', {}, value)],
    ['version', version],
    ['expires', expireAt],
    ['took', formatMs(tookMs)],
  ]);
}

function writeAnswer(written: Written, tookMs: number, shadow: HTMLElement): HTMLElement {
  const { method, version, fallbackReason, expireAt, existed, message } = written;
  const answer = nameList([
    ['method', html('span', { class: `pill ${method}`, title: message }, method)],
    ['version', version],
    ['why not fast', fallbackReason],
    ['existed', existed === undefined ? undefined : existed ? 'yes' : 'no'],
    ['expires', expireAt],
    ['took', formatMs(tookMs)],
  ]);
  const more = html('a', { href: hashOf('keys', written.key) }, 'both sides and its versions');
  answer.append(html('dt', {}, 'shadow'), shadow, html('dt', {}, 'see'), html('dd', {}, more));
  return answer;
}
