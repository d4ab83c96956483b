import type { ToolResult } from '@hybrid-sync/tool-contract';
import type { Actions } from './actions.js';
import { byId, html } from './dom.js';
import { formatMs } from './format.js';

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
  /** Told apart from answers to earlier questions. */
  #asked = 0;

  constructor(actions: Actions) {
    this.#actions = actions;
    byId('try-form', HTMLFormElement).addEventListener('submit', (event) => {
      event.preventDefault();
      const { submitter } = event;
      if (submitter instanceof HTMLButtonElement) void this.#ask(submitter.value);
    });
  }

  async #ask(what: string): Promise<void> {
    const asked = ++this.#asked;
    const key = this.#key.value;
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
      if (written.method === 'ASYNC_THREAD') return;
      const { version } = written;
      const wait = { key, version, waitMs: WAIT_MS };
      const { reached } = await api.call('hybrid_sync_wait', wait);
      if (asked !== this.#asked) return;
      shadow.textContent = reached
        ? `has it, ${formatMs(tookMs())} after the write was sent`
        : 'still not; the projector brings it later';
    });
  }

  #show(answer: HTMLElement): void {
    this.#answer.replaceChildren(answer);
  }
}

function readAnswer({ found, value, version, expireAt }: Read, tookMs: number): HTMLElement {
  return list([
    ['found', found ? 'yes' : 'no'],
    ['value', value === undefined ? undefined : html('code', {}, value)],
    ['version', version],
    ['expires', expireAt],
    ['took', formatMs(tookMs)],
  ]);
}

function writeAnswer(written: Written, tookMs: number, shadow: HTMLElement): HTMLElement {
  const { method, version, fallbackReason, expireAt, existed, message } = written;
  const answer = list([
    ['method', html('span', { class: `pill ${method}`, title: message }, method)],
    ['version', version],
    ['why not fast', fallbackReason],
    ['existed', existed === undefined ? undefined : existed ? 'yes' : 'no'],
    ['expires', expireAt],
    ['took', formatMs(tookMs)],
  ]);
  answer.append(html('dt', {}, 'shadow'), shadow);
  return answer;
}

function list(rows: readonly (readonly [string, Node | string | number | undefined])[]): HTMLElement {
  return html(
    'dl',
    { class: 'answer' },
    ...rows.flatMap(([name, value]) =>
      value === undefined
        ? []
        : [html('dt', {}, name), html('dd', {}, typeof value === 'number' ? String(value) : value)],
    ),
  );
}
