import { askFirst } from '../act-dialog.js';
import type { Actions } from '../actions.js';
import { hashOf } from '../address.js';
import { type Report, stopReason } from '../client/index.js';
import { byId, html, setAttributes, setText } from '../dom.js';
import { formatCount } from '../format.js';
import { calls, notNow } from '../locks.js';
import { differenceList } from './difference-list.js';
import { inAll, type Job, lookedAt } from './jobs.js';
import { LongTask, type TaskEnd } from './long-task.js';

/** The end of a run, or how it goes. */
type State = 'running' | TaskEnd | 'failed';

/**
 * One job: a look first, then, after a question, what it does about it. Its progress and its report stay until the next
 * run; while it runs the reader may look at other views.
 */
export class JobCard {
  readonly element: HTMLElement;
  readonly #job: Job;
  readonly #actions: Actions;
  readonly #task = new LongTask();
  readonly #keys: HTMLInputElement;
  readonly #rate: HTMLInputElement;
  readonly #look = html('button', { type: 'submit' });
  readonly #act = html('button', {
    type: 'button',
    class: 'primary',
    onclick: () => void this.#doIt(),
  });
  readonly #cancel = html('button', { type: 'button', onclick: () => this.#end() }, 'Cancel');
  readonly #goOn = html('button', { type: 'button', onclick: () => void this.#run() }, 'Go on');
  readonly #note = html('div', { class: 'job-note', 'aria-live': 'polite' });
  readonly #progress = html('div', { class: 'job-progress' });
  readonly #report = html('div', { class: 'job-report' });
  /** What the last look found, and for which keys. */
  #found: { readonly report: Report; readonly keys: string } | undefined;

  /** For which keys the last look was begun. */
  #looked = '';

  constructor(job: Job, actions: Actions) {
    this.#job = job;
    this.#actions = actions;
    const { name, keys } = job;
    this.#keys = html('input', {
      ...{ id: `${name}-keys`, type: 'search', autocomplete: 'off', spellcheck: 'false' },
      ...{ placeholder: keys.placeholder, required: keys.required },
    });
    this.#rate = html('input', {
      ...{
        id: `${name}-rate`,
        type: 'number',
        min: 1,
        step: 1,
        inputmode: 'numeric',
        placeholder: 'as fast as it goes',
      },
    });
    setText(this.#look, job.look);
    setAttributes(this.#look, { ...calls(job.looking('').tool), class: job.act === undefined && 'primary' });
    if (job.act !== undefined) setAttributes(this.#act, calls(job.act.acting('').tool));
    const form = html(
      'form',
      { class: 'filters' },
      field(this.#keys, keys.label),
      field(this.#rate, 'Keys per second, at most'),
      html(
        'p',
        { class: 'buttons' },
        this.#look,
        ...(job.act === undefined ? [] : [this.#act]),
        this.#cancel,
        this.#goOn,
      ),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#task.take(job.looking(this.#keys.value));
      this.#found = undefined;
      this.#looked = this.#keys.value;
      void this.#run();
    });
    this.#keys.addEventListener('input', () => this.#show());
    this.element = html(
      'section',
      { id: `job-${name}`, class: 'card', 'aria-labelledby': `${name}-title` },
      html(
        'div',
        { class: 'head' },
        html('h2', { id: `${name}-title` }, job.title),
        html('span', { class: 'scope' }, 'all pods'),
      ),
      html('p', { class: 'note' }, job.about),
      form,
      this.#progress,
      this.#note,
      this.#report,
    );
    this.#show();
  }

  /** Puts a prefix into the form, and the reader before it. */
  open(keys: string): void {
    if (keys !== '' && !this.#task.running) this.#keys.value = keys;
    this.#show();
    this.element.scrollIntoView({ block: 'start' });
    this.#keys.focus({ preventScroll: true });
  }

  /** Forgets what it told: another reader may not be allowed to see it. */
  clear(): void {
    this.#found = undefined;
    this.#report.replaceChildren();
    this.#show();
  }

  /** Keys per second, at most; undefined for as many as go. */
  get #keysPerSecond(): number | undefined {
    const rate = Number(this.#rate.value);
    return rate > 0 ? rate : undefined;
  }

  /** Whether what runs, or ran last, changes something. */
  get #acts(): boolean {
    return this.#task.asked !== undefined && this.#found !== undefined;
  }

  async #doIt(): Promise<void> {
    const { act, title } = this.#job;
    const found = this.#found;
    if (act === undefined || found === undefined) return;
    if (!(await askFirst({ title, effects: act.effects(found.report), verb: act.verb }))) return;
    this.#task.take(act.acting(found.keys));
    await this.#run();
  }

  #end(): void {
    this.#task.cancel();
    this.#show('running');
  }

  async #run(): Promise<void> {
    const acts = this.#acts;
    this.#note.replaceChildren();
    this.#report.replaceChildren();
    let end: State = 'failed';
    // Another token may be asked for, and the task is then run by it.
    const run = this.#actions.run(this.#note, async (api) => {
      const running = this.#task.run(api, () => this.#show('running'), this.#keysPerSecond);
      this.#show('running');
      end = await running;
      this.#tell(end, acts);
    });
    await run;
    this.#show(end);
    this.#look.focus();
  }

  /** Says what was found or done, and where one sees it. */
  #tell(end: TaskEnd, acts: boolean): void {
    const report = this.#task.report ?? {};
    const { act } = this.#job;
    if (!acts && end === 'complete') this.#found = { report, keys: this.#looked };
    const words = acts && act !== undefined ? act.did(report) : this.#job.found(report);
    // A look that found differences went well, and what it tells is not.
    const well = end === 'complete' && (acts || !(Number(report.differing) > 0));
    const sign = {
      complete: well ? '✓' : '▲',
      cancelled: '◼ Cancelled.',
      stopped: `▲ Stopped: ${stopReason(report)}.`,
    }[end];
    const rest = end === 'complete' ? '' : ' It goes on where it ended.';
    const text = `${sign} ${words}${rest}`;
    const failed = Number((report.done as Report | undefined)?.failed ?? 0);
    const letters = html('a', { href: hashOf('overview') }, 'See the dead letters');
    this.#note.replaceChildren(
      html('p', { class: well ? 'done' : 'caution' }, `${text} `, ...(failed > 0 ? [letters] : [])),
    );
    setText(byId('announcer', HTMLElement), `${this.#job.title}: ${text}`);
    this.#report.replaceChildren(...differenceList(report));
  }

  #show(state?: State): void {
    const { running, ending, report } = this.#task;
    const { act, look } = this.#job;
    const changes = this.#found === undefined || act === undefined ? 0 : act.changes(this.#found.report);
    const same = this.#found?.keys === this.#keys.value;
    this.#look.disabled = running;
    const what = changes === 0 || !same ? '…' : ` ${formatCount(changes)} keys…`;
    setText(this.#act, `${act?.verb ?? ''}${what}`);
    const why = running
      ? 'it is running'
      : this.#found === undefined || !same
        ? `after a ${look.toLowerCase()} for these keys`
        : 'there is nothing to do';
    setAttributes(this.#act, notNow(running || changes === 0 || !same ? why : undefined));
    this.#cancel.hidden = !running;
    this.#cancel.disabled = ending;
    setText(this.#cancel, ending ? 'Ending…' : 'Cancel');
    this.#goOn.hidden = !this.#task.canGoOn;
    setAttributes(this.element, { 'data-state': state ?? (running ? 'running' : undefined) });
    this.#showProgress(running ? (report ?? {}) : undefined);
  }

  #showProgress(report: Report | undefined): void {
    if (report === undefined) {
      this.#progress.replaceChildren();
      return;
    }
    const done = lookedAt(report);
    const total = inAll(report, this.#found?.report);
    const label = { 'aria-label': `${this.#job.title}: how far it is` };
    const bar = total === undefined ? { ...label } : { ...label, max: total, value: Math.min(done, total) };
    const rate =
      typeof report.keysPerSecond === 'number' ? `, ${formatCount(report.keysPerSecond)} a second` : '';
    const of = total === undefined ? '' : ` of about ${formatCount(total)}`;
    const words = `${formatCount(done)}${of} looked at${rate}. ${this.#acts ? (this.#job.act?.did(report) ?? '') : this.#job.found(report)}`;
    this.#progress.replaceChildren(
      html('progress', bar),
      html('p', { class: 'note' }, done === 0 ? 'Begun…' : words),
    );
  }
}

function field(input: HTMLInputElement, label: string): HTMLElement {
  return html('p', { class: 'field' }, html('label', { for: input.id }, label), input);
}
