/** An argument of a prompt; all are text and may be left out. */
interface PromptArgument {
  readonly name: string;
  readonly description: string;
}

/** A job of an operator, as a client offers it to its user: what a model is told to do, in which order. */
export interface Prompt {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly arguments: PromptArgument[];
  readonly text: (args: Readonly<Record<string, string>>) => string;
}

/** The three jobs of an operator. */
export const PROMPTS: readonly Prompt[] = [
  {
    name: 'diagnose_lag',
    title: 'Find out why syncing lags',
    description:
      'Looks from load to queues to dead letters, and says what holds syncing up and what to do. Changes nothing.',
    arguments: [{ name: 'key', description: 'A key that is late, if it is about one.' }],
    text: ({ key }) => `Find out why syncing from the cache to MongoDB lags. Change nothing.
1. hybrid_sync_load_check: its troubles come first, whatever else there is. They say what to do.
2. hybrid_sync_history with lastSec 300: since when, and which of it grows: queueWaiting, outboxUnprocessed, journalPending? Which reasons for the slower way appear (TIMEOUT, QUEUE_FULL, HIGH_LOAD, BREAKER_OPEN)?
3. hybrid_sync_breaker: is a way to MongoDB closed to writes, and since when? hybrid_sync_stats: do all pods and projectors live, is a queue paused?
4. hybrid_sync_dead_letters: what was given up, and why?${key === undefined ? '' : `\n5. verify_key_sync of the key ${JSON.stringify(key)}: what each side has.`}
Then say in a few sentences: the cause, the figures that show it, since when, and the next step. Where the figures do not show a cause, say so.`,
  },
  {
    name: 'compare_and_mend',
    title: 'Compare both sides and mend what differs',
    description:
      'Verifies cache and shadow store, explains the differences, shows the plan, and mends once the user agrees.',
    arguments: [{ name: 'prefix', description: 'Only keys that start with this.' }],
    text: ({
      prefix = '',
    }) => `Compare cache and shadow store, and mend what differs${prefix === '' ? '' : `, of the keys that start with ${JSON.stringify(prefix)}`}.
1. verify_cache_sync${prefix === '' ? '' : ` with prefix ${JSON.stringify(prefix)}`}; call again with its cursor until it is complete. Add the counts up.
2. Say how many keys differ, of which kinds, and what each kind means: cache-missing and shadow-ahead say that the cache lost data; shadow-missing and shadow-behind that mutations did not arrive.
3. Where the cache lost much, restore_cache is the tool; else force_sync_repair. Show the plan of force_sync_repair without apply.
4. Only when the user agrees: the same call with apply: true, on with its cursor until it is complete.
5. Verify again, and say what is left and why.`,
  },
  {
    name: 'tune',
    title: 'Tune the settings',
    description:
      'Looks at load and latency over 15 minutes, proposes one change at a time, and watches what it does.',
    arguments: [
      { name: 'goal', description: 'What should get better, such as p99 or the share of the fast path.' },
    ],
    text: ({
      goal = 'lower latency at the load there is',
    }) => `Tune the settings of the sync. The goal: ${JSON.stringify(goal)}.
1. hybrid_sync_history with lastSec 900, and hybrid_sync_settings: what is the figure for the goal now, what bounds it, and which settings decide that? Only those marked atRunTime can be tried without a restart.
2. Propose one change: setting, value now, value then, and what should be seen if it helps. Wait for the user to agree.
3. hybrid_sync_settings_set with ifRevision and a reason.
4. After two minutes hybrid_sync_history again: compare the same figures. No better: hybrid_sync_settings_reset of that name, with apply: true.
One change at a time, and no more than three in all. End with what was changed, by how much it helped, and how to take it back.`,
  },
];
