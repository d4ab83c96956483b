import type { ReplicaWait } from './cache/replica-wait.js';
import { failureName } from './control/failure-name.js';
import type { WriteHealth } from './control/write-health.js';
import { HybridSyncError } from './errors.js';
import type { Metrics } from './metrics/metrics.js';
import type { Mutation } from './mutation.js';

/** What {@link KeptWrites} asks and tells. */
export interface KeptWritesParts {
  /** What a JOURNALED answer waits for; undefined where the primary's journal is enough. */
  readonly replicas?: Pick<ReplicaWait, 'has'> | undefined;
  /** Is told of each write that Redis took whether MongoDB or replicas keep it, so that it is answered. */
  readonly health?: Pick<WriteHealth, 'kept' | 'notKept'>;
  readonly metrics: Pick<Metrics, 'refused'>;
}

/** Which writes are kept where the loss of Redis' primary does not reach them: the others are refused. */
export class KeptWrites {
  readonly #parts: KeptWritesParts;

  constructor(parts: KeptWritesParts) {
    this.#parts = parts;
  }

  /** Whether an answer from the journal waits for replicas. */
  get awaitsReplicas(): boolean {
    return this.#parts.replicas !== undefined;
  }

  /** Why too few replicas have a mutation: NotReplicatedError or CacheUnavailableError; undefined once enough have. */
  async lack(mutation: Mutation, sentAt: number): Promise<Error | undefined> {
    try {
      await this.#parts.replicas?.has(mutation, sentAt);
      return undefined;
    } catch (error) {
      return error as Error;
    }
  }

  /**
   * Says of a write whether it is answered. `lack`: why Redis' primary alone has it; undefined where it does not.
   * @throws the lack
   */
  told(lack: Error | undefined, sentAt: number): void {
    const { health, metrics } = this.#parts;
    if (lack === undefined) {
      health?.kept();
      return;
    }
    health?.notKept(failureName(lack), sentAt);
    if (lack instanceof HybridSyncError) metrics.refused(lack.code);
    throw lack;
  }
}
