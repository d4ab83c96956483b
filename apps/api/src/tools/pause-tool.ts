import { type PausedPart, pausedParts, pauseSetting } from '@hybrid-sync/sync-core';
import { changeAnswer, changeTermsOf, runningDeployment } from './settings-tools.js';
import type { ToolHandlers } from './tool.js';

/** A pause is a setting of the deployment: every process follows, and the history tells who paused what, and why. */
export const pauseHandlers: ToolHandlers<'hybrid_sync_pause'> = {
  hybrid_sync_pause: async ({ part, paused, ...terms }, pod, { by }) => {
    const revision = await runningDeployment(pod).set(
      { [pauseSetting(part)]: paused },
      changeTermsOf(terms, by),
    );
    const what = `The ${WORDS[part]} ${paused ? 'paused' : 'resumed'}`;
    return { ...changeAnswer(revision, what), paused: pausedParts(pod.live).map(shownPause) };
  },
};

const WORDS = { 'fast-path': 'fast path is', projector: 'projectors are' };

const EFFECT = {
  'fast-path': 'The fast path is paused: writes go to the outbox',
  projector: 'The projectors are paused: events and overdue journal entries wait',
};

/** A pause in words, with who made it and how it ends. */
export function reminderOf({ part, by, at }: PausedPart): string {
  const who = by === undefined ? '' : `, by ${by}`;
  const since = at === undefined ? '' : ` since ${new Date(at).toISOString()}`;
  return `${EFFECT[part]}${since}${who}; hybrid_sync_pause with paused: false resumes.`;
}

/** A pause as it is shown. */
export function shownPause({ at, ...pause }: PausedPart) {
  return { ...pause, ...(at === undefined ? {} : { at: new Date(at).toISOString() }) };
}
