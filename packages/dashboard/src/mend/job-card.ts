import { askFirst } from '../act-dialog.js';
import type { Actions } from '../actions.js';
import { hashOf } from '../address.js';
import type { Report } from '../client/index.js';
import { byId, html, setAttributes, setText } from '../dom.js';
import { formatDate } from '../format.js';
import { differenceList } from './difference-list.js';
import { JobForm } from './job-form.js';
import { outcomeOf, progressOf } from './job-words.js';
import type { Job } from './jobs.js';
import { type KeptReport, keepReport, keptReport } from './kept-reports.js';
import { LongTask } from './long-task.js';
import { type Asking, addressOf } from './report-address.js';

/** The end of a run, or how it goes. */
type State = 'running' | KeptReport['end'] | 'failed';

/**
 * One job: a look first, then, after a question, what it does about it. Its progress and its report stay until the next
 * run; while it runs the reader may look at other views. Each report has an address, which says what was asked; the report
 * itself is kept for this tab.
 */
export class JobCard {
  readonly element: HTMLElement;
  readonly #job: Job;
  readonly #actions: Actions;
  readonly #task = new LongTask();
  readonly #form: JobForm;
  readonly #note = html('div', { class: 'job-note', 'aria-live': 'polite' });
  readonly #progress = html('div', { class: 'job-progress' });
  readonly #report = html('div', { class: 'job-report' });
  /** What the last look found, and for which keys. */
  #found: { readonly report: Report; readonly keys: string } | undefined;

  /** Whether what runs, or ran last, changes something. */
  #acts = false;
  /** What was asked last, and when: the address of its report. */
  #asking: Asking;

  constructor(job: Job, actions: Actions) {
    this.#job = job;
    this.#actions = actions;
    const { name } = job;
    this.#asking = { job: name, keys: '', perSecond: '', report: '' };
    this.#form = new JobForm(job, {
      look: () => {
        this.#found = undefined;
        this.#begin(this.#form.keys, false);
      },
      act: () => void this.#doIt(),
      cancel: () => this.#end(),
      goOn: () => void this.#run(),
      edited: () => this.#show(),
    });
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
      this.#form.element,
      this.#progress,
      this.#note,
      this.#report,
    );
    this.#show();
  }

  /** Puts what is asked for into the form, shows its report, and the reader before it. */
  open(asking: Asking): void {
    if (!this.#task.running && asking.report !== this.#asking.report) this.#recall(asking);
    if (!this.#task.running && asking.keys !== '') this.#form.keys = asking.keys;
    this.#show();
    this.element.scrollIntoView({ block: 'start' });
    this.#form.focusKeys();
  }

  /** Forgets what it told: another reader may not be allowed to see it. */
  clear(): void {
    this.#found = undefined;
    this.#note.replaceChildren();
    this.#report.replaceChildren();
    this.#show();
  }

  /** Shows a report that this tab has, as it was told then. */
  #recall(asking: Asking): void {
    this.#form.perSecond = asking.perSecond;
    if (asking.report === '') return;
    this.clear();
    const kept = keptReport(asking);
    this.#asking = asking;
    this.#take(asking.keys, kept?.acts ?? false, kept?.told);
    if (kept === undefined) {
      const words = `The report that was begun at ${formatDate(asking.report)} is in the tab that made it, until that is closed. What was asked is filled in: ask again to see how it is now.`;
      this.#note.replaceChildren(html('p', { class: 'note' }, words));
      return;
    }
    this.#tell(kept.end);
  }

  #take(keys: string, acts: boolean, told?: Report): void {
    const { act, looking } = this.#job;
    this.#acts = acts && act !== undefined;
    this.#task.take(this.#acts && act !== undefined ? act.acting(keys) : looking(keys), told);
  }

  /** Begins a run, which has an address from now on. */
  #begin(keys: string, acts: boolean): void {
    this.#take(keys, acts);
    const report = new Date().toISOString();
    this.#asking = { job: this.#job.name, keys, perSecond: this.#form.perSecond, report };
    history.pushState(null, '', addressOf(this.#asking));
    void this.#run();
  }

  async #doIt(): Promise<void> {
    const { act, title } = this.#job;
    const found = this.#found;
    if (act === undefined || found === undefined) return;
    if (!(await askFirst({ title, effects: act.effects(found.report), verb: act.verb }))) return;
    this.#begin(found.keys, true);
  }

  #end(): void {
    this.#task.cancel();
    this.#show('running');
  }

  async #run(): Promise<void> {
    this.#note.replaceChildren();
    this.#report.replaceChildren();
    // Another token may be asked for, and the task is then run by it.
    await this.#actions.run(this.#note, async (api) => {
      let state: State = 'failed';
      try {
        const running = this.#task.run(api, () => this.#progressed(), this.#form.keysPerSecond);
        this.#show('running');
        const end = await running;
        state = end;
        this.#keep(end);
        this.#tell(end);
      } finally {
        this.#show(state);
      }
    });
    // Who went on to something else meanwhile stays there.
    const { activeElement: at, body } = document;
    if (at === body || this.element.contains(at)) this.#form.focusLook();
  }

  #progressed(): void {
    this.#keep('left');
    this.#show('running');
  }

  #keep(end: KeptReport['end']): void {
    keepReport({ ...this.#asking, acts: this.#acts, end, told: this.#task.report ?? {} });
  }

  /** Says what was found or done, and where one sees it. */
  #tell(end: KeptReport['end']): void {
    const report = this.#task.report ?? {};
    const acts = this.#acts;
    // What was found holds no more once something was done about it.
    if (end === 'complete') this.#found = acts ? undefined : { report, keys: this.#asking.keys };
    const { well, text } = outcomeOf(this.#job, { report, acts, end });
    const failed = Number((report.done as Report | undefined)?.failed ?? 0);
    const letters = html('a', { href: hashOf('overview', 'dead-letters') }, 'See the dead letters');
    const { keys } = this.#asking;
    const repair = addressOf({ job: 'repair', keys, perSecond: '', report: '' });
    const mend = html('a', { href: repair }, 'Repair these…');
    const next = [
      ...(failed > 0 ? [letters] : []),
      ...(this.#job.act === undefined && Number(report.differing) > 0 ? [mend] : []),
    ];
    this.#note.replaceChildren(
      html('p', { class: well ? 'done' : 'caution' }, `${text} `, ...next),
      html(
        'p',
        { class: 'note' },
        html('a', { href: addressOf(this.#asking) }, 'The address of this report'),
        `, begun at ${formatDate(this.#asking.report)}`,
      ),
    );
    setText(byId('announcer', HTMLElement), `${this.#job.title}: ${text}`);
    this.#report.replaceChildren(...differenceList(report));
  }

  #show(state?: State): void {
    const { running, report } = this.#task;
    const { act } = this.#job;
    const found = this.#found?.keys === this.#form.keys ? this.#found.report : undefined;
    this.#form.show({ task: this.#task, found: found && (act?.changes(found) ?? 0) });
    setAttributes(this.element, { 'data-state': state ?? (running ? 'running' : undefined) });
    const progress = { report: report ?? {}, look: this.#found?.report, acts: this.#acts };
    this.#progress.replaceChildren(...(running ? progressOf(this.#job, progress) : []));
  }
}
