import type { ReplicaWait } from './cache/replica-wait.js';
import { failureName } from './control/failure-name.js';
import type { WriteHealth } from './control/write-health.js';
import type { Mutation } from './mutation.js';

/** What {@link KeptWrites} asks and tells. */
export interface KeptWritesParts {
  /** What a JOURNALED answer waits for; undefined where the primary's journal is enough. */
  readonly replicas?: Pick<ReplicaWait, 'has'> | undefined;
  /** Is told of each write that Redis took whether MongoDB or replicas keep it, so that it is answered. */
  readonly health?: Pick<WriteHealth, 'kept' | 'notKept'>;
}

/** Which writes are kept where the loss of Redis' primary does not reach them: the others are refused. */
export class KeptWrites {
  readonly #parts: KeptWritesParts;

  constructor(parts: KeptWritesParts) {
    this.#parts = parts;
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

  /** A write is answered. */
  kept(): void {
    this.#parts.health?.kept();
  }

  /** It is refused for that lack. */
  notKept(lack: Error, sentAt: number): void {
    this.#parts.health?.notKept(failureName(lack), sentAt);
  }
}
