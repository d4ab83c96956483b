import { askWhy } from './act-dialog.js';
import type { Actions } from './actions.js';
import type { Api } from './api.js';
import { byId, html, setText } from './dom.js';
import { formatAgo } from './format.js';
import { calls } from './locks.js';
import { capital, isOrAre, PART_NAMES, PARTS, type PausablePart, type Pause } from './parts.js';
import type { HistoryAnswer } from './pod-histories.js';
import { changeOver } from './rival.js';
import { SETTINGS_HISTORY } from './settings-history.js';

/** Changes among which a pause's reason is looked for. */
const LOOKED_THROUGH = 100;
/** How often it is said anew for how long something has been paused, in milliseconds. */
const TELL_MS = 1000;

/** The buttons that pause and resume parts of the deployment, and the reminder of what is paused. */
export class PausePanel {
  readonly #actions: Actions;
  readonly #buttons = byId('pause-buttons', HTMLElement);
  readonly #note = byId('pause-note', HTMLElement);
  readonly #reminders = byId('pauses', HTMLElement);
  /** What is paused, as it was shown last. */
  #shown = '';
  #toldAt = 0;
  /** Why, by the setting; read from the history when something else is paused than before. */
  #reasons: ReadonlyMap<string, string> = new Map();

  constructor(actions: Actions) {
    this.#actions = actions;
  }

  /** Shows what is paused. `now`: in milliseconds since 1970. */
  show({ paused }: Pick<HistoryAnswer, 'paused'>, now: number): void {
    const text = JSON.stringify(paused);
    if (text !== this.#shown || this.#buttons.childElementCount === 0) {
      this.#shown = text;
      this.#buttons.replaceChildren(...PART_NAMES.map((part) => this.#button(part, paused, 'pause-buttons')));
      this.#reminders.replaceChildren(...paused.map((pause) => this.#reminder(pause, paused)));
      if (paused.length > 0) void this.#findReasons();
    } else if (now - this.#toldAt < TELL_MS) return;
    this.#toldAt = now;
    paused.forEach((pause, index) => {
      const words = this.#reminders.children[index]?.firstElementChild;
      if (words) setText(words, this.#inWords(pause, now));
    });
  }

  #reminder(pause: Pause, paused: readonly Pause[]): HTMLElement {
    return html('li', {}, html('span', {}), this.#button(pause.part, paused, 'reminder'));
  }

  #inWords({ part, by, at }: Pause, now: number): string {
    const { name, setting } = PARTS[part];
    const since =
      at === undefined
        ? ''
        : ` since ${formatAgo(now - Date.parse(at))}`.replace(/ since (.*) ago$/, ' for $1');
    const who = by === undefined ? ', by a file or the environment' : `, by ${by}`;
    const why = this.#reasons.get(setting);
    return `‖ ${capital(name)} ${isOrAre(part)} paused${since}${who}${why === undefined ? '' : `: “${why}”`}`;
  }

  async #findReasons(): Promise<void> {
    await this.#actions.quietly(async (api) => {
      const { changes } = await api.call('hybrid_sync_settings_history', { limit: LOOKED_THROUGH });
      const reasons = new Map<string, string>();
      for (const { settings, reason } of changes.toReversed()) {
        for (const { name } of settings) {
          if (reason === null) reasons.delete(name);
          else reasons.set(name, reason);
        }
      }
      this.#reasons = reasons;
      this.#toldAt = 0;
    });
  }

  #button(part: PausablePart, paused: readonly Pause[], place: string): HTMLElement {
    const isPaused = paused.some((pause) => pause.part === part);
    const button = html(
      'button',
      { type: 'button', ...calls('hybrid_sync_pause'), id: `${place}-${part}` },
      `${isPaused ? 'Resume' : 'Pause'} ${PARTS[part].name}`,
    );
    button.addEventListener('click', () => void this.#ask(part, !isPaused));
    return button;
  }

  async #ask(part: PausablePart, pausing: boolean): Promise<void> {
    const { name, setting, pausing: toPause, resuming: toResume } = PARTS[part];
    let revision = 0;
    const seen = await this.#actions.run(this.#note, async (api) => {
      revision = await revisionNow(api, setting);
    });
    if (!seen) return;
    const verb = pausing ? 'Pause' : 'Resume';
    const reason = await askWhy({
      title: `${verb} ${name}?`,
      effects: pausing ? toPause : toResume,
      verb: `${verb} ${name}`,
      needsReason: pausing,
    });
    if (reason === undefined) return;
    await this.#actions.run(this.#note, async (api) => {
      const { message } = await changeOver(api, revision, (terms) =>
        api.call('hybrid_sync_pause', {
          part,
          paused: pausing,
          ...terms,
          ...(reason === '' ? {} : { reason }),
        }),
      );
      this.#actions.done(this.#note, message, SETTINGS_HISTORY);
    });
  }
}

/** The revision of the settings, as this page's reader sees them. */
async function revisionNow(api: Api, name: string): Promise<number> {
  return (await api.call('hybrid_sync_settings', { name })).revision;
}
