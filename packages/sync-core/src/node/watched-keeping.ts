import type { JournalAcker } from '../cache/journal-acker.js';
import type { ReplicaWait } from '../cache/replica-wait.js';
import { failureName } from '../control/failure-name.js';
import type { WriteHealth } from '../control/write-health.js';

/** What keeps a write beside Redis' primary: MongoDB, after which it is acknowledged, or replicas of Redis. */
export interface Keeping {
  readonly acker: Pick<JournalAcker, 'acknowledge'>;
  readonly replicas: Pick<ReplicaWait, 'has'> | undefined;
}

/** The same, of each write of which is told whether it was kept: one that is not is refused, though Redis took it. */
export function watchedKeeping(
  { acker, replicas }: Keeping,
  health: Pick<WriteHealth, 'kept' | 'notKept'>,
): Keeping {
  // Where nobody waits for replicas no write is refused for want of them.
  if (replicas === undefined) return { acker, replicas };
  return {
    acker: {
      acknowledge: (mutations) => {
        health.kept();
        acker.acknowledge(mutations);
      },
    },
    replicas: {
      has: async (mutation, sentAt) => {
        try {
          await replicas.has(mutation, sentAt);
          health.kept();
        } catch (error) {
          health.notKept(failureName(error), sentAt);
          throw error;
        }
      },
    },
  };
}
