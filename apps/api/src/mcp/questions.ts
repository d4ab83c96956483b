import type { ToolName, ToolResult } from '@hybrid-sync/tool-contract';

type Args = Readonly<Record<string, unknown>>;

/** What is asked before a tool changes much at once. */
export interface Question {
  /** Whether a call with these arguments would change something. */
  readonly isDue: (args: Args) => boolean;
  /** The call that changes nothing, and shows what would happen. */
  readonly look: (args: Args) => { readonly tool: string; readonly args: Args };
  /** What the user is asked, from what that call answered. */
  readonly words: (shown: Args, args: Args) => string;
}

/** A tool that has a dry run of its own; `words` get its answer. */
function byApply<Name extends ToolName>(
  tool: Name,
  words: (shown: ToolResult<Name>, args: Args) => string,
): Record<Name, Question> {
  const question: Question = {
    isDue: ({ apply }) => apply === true,
    look: (args) => ({ tool, args: { ...args, apply: false } }),
    words: (shown, args) => words(shown as ToolResult<Name>, args),
  };
  return { [tool]: question } as Record<Name, Question>;
}

/** A count, of which a dry run that ended before its time knows the least only. */
const some = (count: number, { complete }: { complete: boolean }) => `${complete ? '' : 'at least '}${count}`;
const quoted = (text: unknown) => JSON.stringify(text);

/** The tools that ask, each with its question. */
export const QUESTIONS: Readonly<Record<string, Question>> = {
  ...byApply(
    'kv_del_prefix',
    (shown, { prefix }) =>
      `Delete ${some(shown.keys, shown)} keys that start with ${quoted(prefix)}, from the cache and from the shadow store (${some(shown.shadowOnly, shown)} of them only that one has)?`,
  ),
  ...byApply('hybrid_sync_discard_dead_letters', ({ found }) => `Discard ${found} dead letters for good?`),
  ...byApply(
    'hybrid_sync_settings_reset',
    ({ settings }) =>
      `Take ${settings.length} settings back to what they were at the start: ${settings.map(({ name }) => name).join(', ')}?`,
  ),
  ...byApply(
    'force_sync_repair',
    ({ plan, ...shown }) =>
      `Mend the keys on which the sides differ: ${some(plan.toShadow, shown)} towards the shadow store, ${some(plan.toCache, shown)} towards the cache?`,
  ),
  ...byApply(
    'import_plain_keys',
    (shown, { match }) =>
      `Import ${some(shown.importable, shown)} of ${some(shown.seen, shown)} plain keys that match ${quoted(match)}?`,
  ),
  restore_cache: {
    isDue: () => true,
    look: ({ prefix, budgetMs, waitMs }) => ({
      tool: 'verify_cache_sync',
      args: { prefix, budgetMs, waitMs, samples: 0 },
    }),
    words: (shown) => {
      const { kinds, ...seen } = shown as ToolResult<'verify_cache_sync'>;
      return `Fill the cache from the shadow store: ${some(kinds['cache-missing'], seen)} keys that it lost, ${some(kinds['shadow-ahead'], seen)} that it has older?`;
    },
  },
};
