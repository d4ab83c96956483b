import type { HistoryAnswer } from './pod-histories.js';

/** A part of the deployment that can be paused, and since when and by whom it is. */
export type Pause = HistoryAnswer['paused'][number];
/** The name of such a part. */
export type PausablePart = Pause['part'];

/** What the page says of a part that can be paused. */
export interface PartWords {
  readonly name: string;
  /** The setting that holds the pause. */
  readonly setting: string;
  /** What is so while it is paused. */
  readonly meanwhile: string;
  /** What pausing it does, and what it does not. */
  readonly pausing: readonly string[];
  /** The same of resuming it. */
  readonly resuming: readonly string[];
}

const EVERYWHERE = 'Every pod and projector follows within a second, and those that start later do, too.';

/** The parts that can be paused. */
export const PARTS: Readonly<Record<PausablePart, PartWords>> = {
  'fast-path': {
    name: 'the fast path',
    setting: 'app.fast-path.paused',
    meanwhile: 'Writes succeed and go to the outbox (EVENT_BASED); projectors bring them to the shadows.',
    pausing: [
      'Writes go straight to the outbox, whatever mode they ask for, and are answered EVENT_BASED.',
      'Batches that are under way are finished. No write is lost or refused.',
      EVERYWHERE,
    ],
    resuming: ['Writes try the fast path first again, as the mode says.', EVERYWHERE],
  },
  projector: {
    name: 'the projectors',
    setting: 'app.projector.paused',
    meanwhile: 'Events and overdue journal entries wait: the outbox grows, and shadows stay behind.',
    pausing: [
      'Projectors finish the slots that they have in hand, and take no others.',
      'Events and overdue journal entries wait. Outbox and journal grow: a full journal refuses writes.',
      EVERYWHERE,
    ],
    resuming: ['Projectors drain what has waited, oldest first.', EVERYWHERE],
  },
};

/** The parts by their names. */
export const PART_NAMES = Object.keys(PARTS) as PausablePart[];

/** A name at the beginning of a sentence. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Whether a part is one or many, for a sentence about it. */
export function isOrAre(part: PausablePart): string {
  return part === 'projector' ? 'are' : 'is';
}
