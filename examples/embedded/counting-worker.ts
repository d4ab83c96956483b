import {
  type HybridSyncHandle,
  openHybridSync,
  PreconditionFailedError,
} from '@hybrid-sync/sync-core/embedded';

/** Where the worker finds its services. */
export interface WorkerOptions {
  readonly redis: string;
  readonly mongodb: string;
  readonly namespace: string;
}

/** Counts words in its own process, with no api between: each count is in Redis and in MongoDB. */
export class CountingWorker {
  readonly #sync: HybridSyncHandle;

  private constructor(sync: HybridSyncHandle) {
    this.#sync = sync;
  }

  static async start({ redis, mongodb, namespace }: WorkerOptions): Promise<CountingWorker> {
    return new CountingWorker(await openHybridSync({ redis, mongodb, settings: { namespace } }));
  }

  /** Adds one to a word's count, also while other workers do. */
  async count(word: string): Promise<number> {
    const pair = await this.#sync.get(word);
    const next = Number(pair?.value ?? 0) + 1;
    const precondition =
      pair === undefined
        ? ({ is: 'none-match', versions: 'any' } as const)
        : ({ is: 'match', versions: [pair.version] } as const);
    try {
      await this.#sync.set(word, String(next), { precondition });
      return next;
    } catch (error) {
      if (error instanceof PreconditionFailedError) return this.count(word);
      throw error;
    }
  }

  /** Keys that differ between Redis and MongoDB. */
  async differing(): Promise<number> {
    return (await this.#sync.verify()).differing;
  }

  stop(): Promise<void> {
    return this.#sync.close();
  }
}
