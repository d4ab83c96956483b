import type { DeadLetter, DeadLetterFilter } from '@hybrid-sync/sync-core';
import type { ToolArguments } from '@hybrid-sync/tool-contract';
import { firstThatFit } from './answer-size.js';
import type { ToolHandlers } from './tool.js';

/** The tools for events that were given up. */
export const deadLetterHandlers: ToolHandlers<
  'hybrid_sync_dead_letters' | 'hybrid_sync_requeue_dead_letters' | 'hybrid_sync_discard_dead_letters'
> = {
  hybrid_sync_dead_letters: async (args, pod) => {
    const found = await pod.stores.deadLetters.list(filterOf(args), args.limit, args.cursor ?? undefined);
    const deadLetters = firstThatFit(found.map(shown));
    const isLast = found.length < args.limit && deadLetters.length === found.length;
    const cursor = isLast ? null : (deadLetters.at(-1)?.id ?? null);
    return { ...done(`${deadLetters.length} dead letters.`), deadLetters, cursor };
  },

  hybrid_sync_requeue_dead_letters: async (args, pod) => {
    const { deadLetters } = pod.stores;
    const { changed, slots } = await deadLetters.requeue(filterOf(args), args.limit, args.perSecond);
    // Whom this does not wake, and those due later, are found by the projector's sweep.
    if (changed > 0) await pod.running.projectionQueue.wake(slots).catch(() => undefined);
    return { ...done(`${changed} dead letters requeued.`), changed };
  },

  hybrid_sync_discard_dead_letters: async (args, pod) => {
    const { deadLetters } = pod.stores;
    if (!args.apply) {
      const found = (await deadLetters.list(filterOf(args), args.limit)).map(shown);
      const message = `${found.length} dead letters would be discarded; nothing is changed without apply.`;
      return {
        ...done(message),
        changed: 0,
        applied: false,
        found: found.length,
        deadLetters: firstThatFit(found),
      };
    }
    const { changed } = await deadLetters.discard(filterOf(args), args.limit);
    return {
      ...done(`${changed} dead letters discarded.`),
      changed,
      applied: true,
      found: changed,
      deadLetters: [],
    };
  },
};

function filterOf(
  args: Pick<ToolArguments<'hybrid_sync_dead_letters'>, 'ids' | 'key' | 'slot' | 'minAgeSec'>,
): DeadLetterFilter {
  const { ids, key, slot, minAgeSec } = args;
  return {
    ids: ids ?? undefined,
    key: key ?? undefined,
    slot: slot ?? undefined,
    minAgeMs: minAgeSec === undefined || minAgeSec === null ? undefined : minAgeSec * 1000,
  };
}

const shown = (letter: DeadLetter) => ({ ...letter, at: letter.at.toISOString() });

const done = (message: string) => ({
  success: true as const,
  message,
  timestamp: new Date().toISOString(),
});
