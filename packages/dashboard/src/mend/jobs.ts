import type { Report } from '../client/index.js';
import { formatCount } from '../format.js';
import type { TaskCall } from './long-task.js';

/** A job that a person starts on this page: a look that changes nothing, and what may be done after it. */
export interface Job {
  readonly name: 'verify' | 'repair' | 'restore' | 'import';
  readonly title: string;
  /** What it is for. */
  readonly about: string;
  /** How the field for the keys is named, what it suggests, and whether it must be filled in. */
  readonly keys: { readonly label: string; readonly placeholder: string; readonly required: boolean };
  /** What the button says that looks. */
  readonly look: string;
  /** The call that looks; `keys`: a prefix, or of an import a pattern. */
  looking(keys: string): TaskCall;
  /** What was found, in a sentence. */
  found(report: Report): string;
  /** What may be done then; absent for nothing. */
  readonly act?: JobAct;
}

/** What a job does once its look was seen. */
export interface JobAct {
  /** What the button says; the dialog's as well. */
  readonly verb: string;
  acting(keys: string): TaskCall;
  /** How many keys it would change, as the look found. */
  changes(look: Report): number;
  /** What it will do, a sentence each. */
  effects(look: Report): string[];
  /** What it did, in a sentence. */
  did(report: Report): string;
}

/** Differences that one call names, at most. */
const SAMPLES = 500;

const number = (report: Report, ...names: readonly string[]): number => {
  let at: unknown = report;
  for (const name of names) at = typeof at === 'object' && at !== null ? (at as Report)[name] : undefined;
  return typeof at === 'number' ? at : 0;
};
const count = (report: Report, ...names: readonly string[]) => formatCount(number(report, ...names));
const PREFIX = { label: 'Keys that begin with', placeholder: 'all', required: false };
const MEANWHILE = 'Clients may read and write meanwhile: what is newer than what was seen stays as it is.';
const CANCEL =
  'It can be cancelled at any time. What was done until then stays done, and it goes on where it ended.';

const comparing = (prefix: string) => ({ prefix, samples: SAMPLES });

function compared(report: Report): string {
  const undecided = number(report, 'undecided');
  const rest =
    undecided === 0 ? '' : ` Of ${formatCount(undecided)} it could not be told: they kept changing.`;
  const differing = number(report, 'differing');
  const words =
    differing === 0 ? 'none differs' : differing === 1 ? '1 differs' : `${formatCount(differing)} differ`;
  return `${count(report, 'keys')} keys and ${count(report, 'tombstones')} tombstones looked at: ${words}.${rest}`;
}

/** What will be done to so many keys; nothing for none. */
function direction(keys: number, what: string): string[] {
  return keys === 0 ? [] : [`${formatCount(keys)} ${keys === 1 ? 'key' : 'keys'}: ${what}`];
}

/** What was done, but for what never was. */
function told(counts: readonly (readonly [count: number, what: string])[]): string {
  const done = counts.filter(([each]) => each > 0).map(([each, what]) => `${formatCount(each)} ${what}`);
  return done.length === 0 ? 'Nothing was changed.' : `${done.join(', ')}.`;
}

/** Keys that the cache lost: not there, or older than their shadows. */
const lost = (report: Report) =>
  number(report, 'kinds', 'cache-missing') + number(report, 'kinds', 'shadow-ahead');

/** The jobs, in the order of the page. */
export const JOBS: readonly Job[] = [
  {
    name: 'verify',
    title: 'Verify',
    about: 'Compares cache and shadow store, key by key, and names those that differ. Changes nothing.',
    keys: PREFIX,
    look: 'Verify',
    looking: (keys) => ({ tool: 'verify_cache_sync', args: comparing(keys) }),
    found: compared,
  },
  {
    name: 'repair',
    title: 'Repair',
    about: 'Mends keys that differ, each towards its newest version.',
    keys: PREFIX,
    look: 'Dry run',
    looking: (keys) => ({ tool: 'force_sync_repair', args: comparing(keys) }),
    found: compared,
    act: {
      verb: 'Repair',
      acting: (keys) => ({ tool: 'force_sync_repair', args: { ...comparing(keys), apply: true } }),
      changes: (look) => number(look, 'plan', 'toShadow') + number(look, 'plan', 'toCache'),
      effects: (look) => [
        ...direction(
          number(look, 'plan', 'toShadow'),
          'what the cache holds is synced to the shadow store, under a new version.',
        ),
        ...direction(
          number(look, 'plan', 'toCache'),
          'the shadow is brought back into the cache, or the pair removed where the shadow knows of a later delete.',
        ),
        MEANWHILE,
        CANCEL,
      ],
      did: (report) =>
        told([
          [number(report, 'done', 'resynced'), 'synced to the shadow store'],
          [number(report, 'done', 'restored'), 'brought back into the cache'],
          [number(report, 'done', 'removed'), 'removed from the cache'],
          [number(report, 'done', 'changedMeanwhile'), 'left alone since they changed meanwhile'],
          [number(report, 'done', 'failed'), 'failed'],
        ]),
    },
  },
  {
    name: 'restore',
    title: 'Restore a lost cache',
    about: 'After Redis came back empty or with old data: fills it again from the shadow store.',
    keys: PREFIX,
    look: 'Dry run',
    looking: (keys) => ({ tool: 'verify_cache_sync', args: comparing(keys) }),
    found: (report) =>
      `${compared(report)} ${formatCount(lost(report))} of them are lost or older in the cache.`,
    act: {
      verb: 'Restore',
      acting: (keys) => ({ tool: 'restore_cache', args: { prefix: keys } }),
      changes: lost,
      effects: (look) => [
        `About ${formatCount(lost(look))} pairs are brought back into the cache from the shadow store.`,
        'Pairs that are older than a delete or an expiry that the shadow store knows of are removed.',
        'It waits for the outbox: requeue dead letters first, they may be newer than their shadows.',
        MEANWHILE,
        CANCEL,
      ],
      did: (report) =>
        told([
          [number(report, 'restored'), 'brought back into the cache'],
          [number(report, 'removed'), 'removed from it'],
          [number(report, 'newer'), 'left since the cache had something as new'],
          [number(report, 'leftOut'), 'deleted or expired ones left out'],
          [number(report, 'foreign'), 'left alone since they are none of ours'],
        ]),
    },
  },
  {
    name: 'import',
    title: 'Import plain Redis keys',
    about:
      'Takes plain string keys of the same Redis over, where the system does not know the key yet. They stay where they are.',
    keys: { label: 'Pattern of the plain keys', placeholder: 'user:*', required: true },
    look: 'Dry run',
    looking: (keys) => ({
      tool: 'import_plain_keys',
      args: { match: keys, samples: SAMPLES },
    }),
    found: (report) =>
      `${count(report, 'seen')} plain keys match: ${count(report, 'importable')} to import, ${count(report, 'known')} known already, ` +
      `${count(report, 'otherTypes')} of other types, ${count(report, 'unfit')} unfit, ${count(report, 'reserved')} reserved.`,
    act: {
      verb: 'Import',
      acting: (keys) => ({
        tool: 'import_plain_keys',
        args: { match: keys, samples: SAMPLES, apply: true },
      }),
      changes: (look) => number(look, 'importable'),
      effects: (look) => [
        `${count(look, 'importable')} plain keys are written as pairs, journaled and synced like any other write.`,
        'The plain keys stay. What the system knows already is left alone.',
        CANCEL,
      ],
      did: (report) => `${count(report, 'imported')} imported, ${count(report, 'known')} known already.`,
    },
  },
];

/** How many keys a report says were looked at. */
export function lookedAt(report: Report): number {
  return (
    number(report, 'keys') + number(report, 'tombstones') + number(report, 'shadows') + number(report, 'seen')
  );
}

/** How many there are in all, as a report or the look before it says; undefined where nothing does. */
export function inAll(report: Report, look: Report | undefined): number | undefined {
  const expected = number(report, 'expected');
  if (expected > 0) return expected;
  const before = look === undefined || look.complete !== true ? 0 : lookedAt(look);
  return before === 0 ? undefined : before;
}
