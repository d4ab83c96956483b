import type { ToolName, ToolResult } from '@hybrid-sync/tool-contract';
import { askFirst } from '../act-dialog.js';
import type { Actions } from '../actions.js';
import { hashOf } from '../address.js';
import type { Api } from '../api.js';
import { DIFFERENCES } from '../differences.js';
import { html } from '../dom.js';
import { formatDate } from '../format.js';
import { calls } from '../locks.js';
import { type Column, table } from '../tables.js';
import { cacheCard, shadowCard } from './side-cards.js';

type Shown = ToolResult<'hybrid_sync_key'>;
type Known = Shown['versions'][number];
type Repair = ToolResult<'force_sync_repair'>;

/** What became of an event, in the words of this page. */
const PLACES: Readonly<Record<Known['places'][number], string>> = {
  cache: 'cache',
  journal: 'journal',
  shadow: 'shadow',
  waiting: 'outbox: waits',
  processed: 'outbox: applied',
  dead: 'outbox: dead letter',
  discarded: 'outbox: discarded',
};

const VERSIONS: readonly Column<Known>[] = [
  [
    'Version',
    ({ version, at }) =>
      html('div', {}, html('code', {}, String(version)), html('small', {}, formatDate(at))),
  ],
  ['What', ({ op }) => (op === undefined ? '–' : op === 'set' ? 'set' : 'delete')],
  [
    'Where it is',
    ({ places }) =>
      html(
        'div',
        { class: 'pills' },
        ...places.map((each) =>
          html('span', { class: `pill ${each === 'dead' ? 'bad' : ''}` }, PLACES[each]),
        ),
      ),
  ],
  ['How it came', ({ method, fallbackReason }) => [method, fallbackReason].filter(Boolean).join(', ') || '–'],
  ['By', ({ sessionId, interactionId }) => [sessionId, interactionId].filter(Boolean).join(' / ') || '–'],
  [
    'Trouble',
    ({ attempts = 0, reason }) =>
      attempts === 0 && reason === undefined ? '–' : `${attempts} attempts: ${reason ?? '–'}`,
  ],
];

/** One key: what both sides have of it, its versions, and what can be done about it. */
export class KeyDetail {
  readonly element = html('section', { id: 'key-page', class: 'view', 'aria-label': 'One key' });
  readonly #actions: Actions;
  readonly #onRead: (key: string, text: string | undefined) => void;
  readonly #note = html('div', { id: 'key-note', 'aria-live': 'polite' });
  readonly #sides = html('div', { class: 'view' });
  #key = '';

  /** `onRead`: told of a key's whole value, or that there is none that can be written as text. */
  constructor(actions: Actions, onRead: (key: string, text: string | undefined) => void) {
    this.#actions = actions;
    this.#onRead = onRead;
  }

  /** Shows a key. */
  show(key: string): void {
    this.#key = key;
    const title = html('h2', { id: 'key-title' }, html('code', {}, key));
    const does = (words: string, act: () => Promise<unknown>, tool: ToolName) =>
      html('button', { type: 'button', ...calls(tool), onclick: () => void act() }, words);
    this.#note.replaceChildren();
    this.#sides.replaceChildren();
    this.element.replaceChildren(
      html(
        'div',
        { class: 'card' },
        html('p', { class: 'note' }, html('a', { href: hashOf('keys') }, '← All keys')),
        html(
          'div',
          { class: 'head' },
          title,
          html(
            'span',
            { class: 'buttons' },
            does('Verify', () => this.#verify(), 'verify_key_sync'),
            does('Mend…', () => this.#mend(), 'force_sync_repair'),
            does('Refresh', () => this.#refresh(), 'hybrid_sync_key'),
          ),
        ),
        this.#note,
      ),
      this.#sides,
    );
    void this.#refresh();
  }

  /** Reads the shown key anew, where it is this one. */
  changed(key: string): void {
    if (key === this.#key) void this.#actions.run(this.#note, (api) => this.#load(api));
  }

  /** Forgets what is shown: another reader may not be allowed to see it. */
  clear(): void {
    this.#sides.replaceChildren();
  }

  async #refresh(): Promise<void> {
    this.#note.replaceChildren();
    if (!(await this.#actions.run(this.#note, (api) => this.#load(api)))) this.clear();
  }

  async #load(api: Api, whole = false): Promise<void> {
    const key = this.#key;
    // Values of the largest size take a while on a slow line.
    const shown = await api.call('hybrid_sync_key', { key, whole });
    if (key !== this.#key) return;
    const { cache } = shown;
    const isText = cache !== null && !cache.cut && cache.contentType === undefined;
    this.#onRead(key, isText ? cache.preview : undefined);
    const onWhole = () => {
      const side = document.activeElement?.closest('section')?.id;
      void this.#actions.run(this.#note, async (each) => {
        await this.#load(each, true);
        // The button that was pressed is gone.
        this.#sides.querySelector<HTMLElement>(`#${side} pre`)?.focus();
      });
    };
    this.#sides.replaceChildren(
      html('div', { class: 'grid cards' }, cacheCard(shown, onWhole), shadowCard(shown, onWhole)),
      versionsCard(shown),
    );
  }

  async #verify(): Promise<void> {
    await this.#actions.run(this.#note, async (api) => {
      const { state, kind } = await api.call('verify_key_sync', { key: this.#key });
      await this.#load(api);
      if (state === 'IN_SYNC') this.#actions.done(this.#note, 'Cache and shadow store agree.');
      else {
        const words =
          kind === null
            ? 'Not decided: it keeps changing, or what is on its way did not arrive in time.'
            : `They differ (${kind}): ${DIFFERENCES[kind]}.`;
        this.#note.replaceChildren(html('p', { class: 'caution', role: 'status' }, `▲ ${words}`));
      }
    });
  }

  async #mend(): Promise<void> {
    const key = this.#key;
    let plan: Repair | undefined;
    const planned = await this.#actions.run(this.#note, async (api) => {
      plan = await api.call('force_sync_repair', { key });
    });
    if (!planned || plan === undefined) return;
    if (plan.differing === 0) {
      const words =
        plan.undecided > 0
          ? 'Not decided whether it differs; try again.'
          : 'Nothing to mend: both sides agree.';
      this.#actions.done(this.#note, words);
      return;
    }
    if (!(await askFirst({ title: `Mend ${key}`, effects: effectsOf(plan), verb: 'Mend it' }))) return;
    await this.#actions.run(this.#note, async (api) => {
      const { done } = await api.call('force_sync_repair', { key, apply: true });
      await this.#load(api);
      this.#actions.done(this.#note, outcomeOf(done));
    });
  }
}

/** What mending a key will do, before it is done. */
function effectsOf({ plan, samples }: Repair): string[] {
  const [found] = samples;
  const what =
    plan.toCache > 0
      ? `The shadow's version ${found?.shadowVersion ?? ''} is brought back into the cache; where it is a delete, or has expired, the pair is removed.`
      : plan.toShadow > 0
        ? 'What the cache holds is synced to the shadow store again, under a new version.'
        : "What lies in the shadow's place is left alone: only whoever put it there can tell what it is for.";
  return [
    ...(found === undefined ? [] : [`They differ (${found.kind}): ${DIFFERENCES[found.kind]}.`]),
    what,
    'Nothing that is written meanwhile is overwritten.',
  ];
}

function outcomeOf({ resynced, restored, removed, changedMeanwhile, failed }: Repair['done']): string {
  if (resynced > 0) return 'Synced to the shadow store under a new version.';
  if (restored > 0) return 'Brought back into the cache.';
  if (removed > 0) return 'Removed from the cache, as the shadow store knew.';
  if (changedMeanwhile > 0) return 'Left alone: it was changed meanwhile.';
  return failed > 0 ? 'It could not be mended.' : 'There was nothing to mend any more.';
}

function versionsCard({ versions, complete }: Shown): HTMLElement {
  const rest = complete
    ? 'A version that went the fast way leaves nothing once a newer one replaced it.'
    : 'Journal and outbox were not looked through whole: older ones may lie deeper.';
  return html(
    'section',
    { id: 'key-versions', class: 'card', 'aria-labelledby': 'versions-title' },
    html('div', { class: 'head' }, html('h2', { id: 'versions-title' }, 'Versions that are known')),
    versions.length === 0 ? html('p', { class: 'note' }, 'None.') : table(VERSIONS, versions),
    html('p', { class: 'note' }, rest),
  );
}
