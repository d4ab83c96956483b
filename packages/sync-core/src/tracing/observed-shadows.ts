import type { Logger } from 'pino';
import type { ShadowWriter } from '../mutation.js';
import { isLoggedMutation, mutationId, type RoutedMutation, type SyncMethod } from '../mutation.js';
import { inTracesOf } from './spans.js';

/** By which way mutations come to their shadows, as it is called in logs and traces. */
const WAYS = {
  ASYNC_THREAD: { path: 'fast', span: 'shadows.apply' },
  EVENT_BASED: { path: 'outbox', span: 'projection.apply' },
  JOURNALED: { path: 'journal', span: 'recovery.apply' },
} as const satisfies Record<SyncMethod, object>;

/**
 * Writes shadows as `shadows` does, each mutation in its own trace if it carries one, and logs one mutation in
 * `logEvery`; 0 for none.
 */
export function observed<Writer extends ShadowWriter>(
  shadows: Pick<Writer, 'apply'>,
  logEvery: number,
  log: Logger,
): Pick<Writer, 'apply'> {
  const apply = async (mutations: readonly RoutedMutation[], method: SyncMethod) => {
    const { path, span } = WAYS[method];
    const result = await inTracesOf(span, mutations, () => shadows.apply(mutations, method));
    if (logEvery > 0) {
      for (const mutation of mutations) {
        if (!isLoggedMutation(mutation.version, logEvery)) continue;
        const refused = result.failed.has(mutation.key);
        log.info(
          { mutation: mutationId(mutation), path, batch: mutations.length, refused },
          'mutation brought to its shadow',
        );
      }
    }
    return result;
  };
  // What it returns is what the writer's own method does.
  return { apply: apply as Writer['apply'] };
}
