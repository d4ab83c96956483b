import { html, setAttributes, setText } from '../dom.js';
import { formatCount } from '../format.js';
import { calls, notNow } from '../locks.js';
import type { Job } from './jobs.js';
import type { LongTask } from './long-task.js';

/** What a form tells its card. */
export interface JobFormEvents {
  /** To look for the keys that stand in the form. */
  readonly look: () => void;
  /** To do what the look found. */
  readonly act: () => void;
  readonly cancel: () => void;
  readonly goOn: () => void;
  /** Other keys are being written into the form. */
  readonly edited: () => void;
}

/** What may be done now. */
export interface JobFormState {
  readonly task: Pick<LongTask, 'running' | 'ending' | 'canGoOn'>;
  /** How many keys the look found to change, if there was one for the keys in the form. */
  readonly found: number | undefined;
}

/** The form of a job: for which keys, how fast, and the buttons that begin and end it. */
export class JobForm {
  readonly element: HTMLFormElement;
  readonly #job: Job;
  readonly #keys: HTMLInputElement;
  readonly #rate: HTMLInputElement;
  readonly #look: HTMLButtonElement;
  readonly #act: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #goOn: HTMLButtonElement;

  constructor(job: Job, events: JobFormEvents) {
    const { name, keys, act } = job;
    this.#job = job;
    this.#keys = html('input', {
      ...{ id: `${name}-keys`, type: 'search', autocomplete: 'off', spellcheck: 'false' },
      ...{ placeholder: keys.placeholder, required: keys.required },
    });
    this.#rate = html('input', {
      ...{ id: `${name}-rate`, type: 'number', min: 1, step: 1, inputmode: 'numeric' },
      placeholder: 'as fast as it goes',
    });
    const first = act === undefined && 'primary';
    this.#look = html('button', { type: 'submit', ...calls(job.looking('').tool), class: first }, job.look);
    this.#act = html('button', { type: 'button', class: 'primary', onclick: events.act });
    if (act !== undefined) setAttributes(this.#act, calls(act.acting('').tool));
    this.#cancel = html('button', { type: 'button', onclick: events.cancel }, 'Cancel');
    this.#goOn = html('button', { type: 'button', onclick: events.goOn }, 'Go on');
    const buttons = [this.#look, ...(act === undefined ? [] : [this.#act]), this.#cancel, this.#goOn];
    this.element = html(
      'form',
      { class: 'filters' },
      field(this.#keys, keys.label),
      field(this.#rate, 'Keys per second, at most'),
      html('p', { class: 'buttons' }, ...buttons),
    );
    this.element.addEventListener('submit', (event) => {
      event.preventDefault();
      events.look();
    });
    this.#keys.addEventListener('input', () => events.edited());
  }

  /** A prefix, or of an import a pattern. */
  get keys(): string {
    return this.#keys.value;
  }

  set keys(keys: string) {
    this.#keys.value = keys;
  }

  /** Keys per second, at most, as they stand in the form; empty for as many as go. */
  get perSecond(): string {
    return this.#rate.value;
  }

  set perSecond(rate: string) {
    this.#rate.value = rate;
  }

  /** The same as a number; undefined for as many as go. */
  get keysPerSecond(): number | undefined {
    const rate = Number(this.#rate.value);
    return rate > 0 ? rate : undefined;
  }

  /** Puts the reader where the keys are written. */
  focusKeys(): void {
    this.#keys.focus({ preventScroll: true });
  }

  /** Puts the reader where a look begins. */
  focusLook(): void {
    this.#look.focus();
  }

  /** Shows what may be done now, and of what may not, why. */
  show({ task: { running, ending, canGoOn }, found }: JobFormState): void {
    const { act, look } = this.#job;
    this.#look.disabled = running;
    setText(this.#act, `${act?.verb ?? ''}${found ? ` ${formatCount(found)} keys…` : '…'}`);
    const why = running
      ? 'it is running'
      : found === undefined
        ? `after a ${look.toLowerCase()} for these keys`
        : found === 0
          ? 'there is nothing to do'
          : undefined;
    setAttributes(this.#act, notNow(why));
    this.#cancel.hidden = !running;
    this.#cancel.disabled = ending;
    setText(this.#cancel, ending ? 'Ending…' : 'Cancel');
    this.#goOn.hidden = !canGoOn;
  }
}

function field(input: HTMLInputElement, label: string): HTMLElement {
  return html('p', { class: 'field' }, html('label', { for: input.id }, label), input);
}
