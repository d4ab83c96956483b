import { type Document, Long } from 'mongodb';
import { CacheKeys, slotOf } from '../cache/keys.js';
import type { SetInput } from '../cache/write-inputs.js';
import type { Mutation } from '../mutation.js';
import type { DifferenceKind } from '../reconcile/difference.js';
import type { ShadowDocument } from '../store/shadow-document.js';
import type { SyncAnswer } from '../sync-answer.js';
import type { RealWorld } from './real-world.js';

/** Breaks single keys of the real stores by hand, behind the system's back. */
export class Damage {
  readonly #world: RealWorld;
  readonly #keys: CacheKeys;

  constructor(world: RealWorld) {
    this.#world = world;
    this.#keys = new CacheKeys(world.settings.namespace, world.settings.slots);
  }

  /** The name of a key's pair in Redis. */
  pair(key: string): string {
    return this.#keys.pair(slotOf(key, this.#keys.slots), key);
  }

  get #shadows() {
    return this.#world.db.collection<ShadowDocument>('kv_shadow');
  }

  async dropPair(key: string): Promise<void> {
    await this.#world.redis.del(this.pair(key));
  }

  async dropShadow(key: string): Promise<void> {
    await this.#shadows.deleteOne({ _id: key });
  }

  /** Puts an older state into the cache, as a Redis does that comes back from an old snapshot. */
  async rollPairBack(key: string, value: string, version: number): Promise<void> {
    const pair = this.pair(key);
    await this.#world.redis.multi().del(pair).hset(pair, 'value', value, 'version', version).exec();
  }

  async rollShadowBack(key: string, value: string, version: number): Promise<void> {
    await this.#shadows.updateOne(
      { _id: key },
      {
        $set: { lastValue: value, version: Long.fromNumber(version) },
        $unset: { deleted: 1, expireAt: 1, purgeAt: 1 },
      },
    );
  }

  async spoilValue(key: string): Promise<void> {
    await this.#shadows.updateOne(
      { _id: key, deleted: { $exists: false } },
      { $set: { lastValue: 'spoilt' } },
    );
  }

  async spoilExpiry(key: string): Promise<void> {
    const expireAt = new Date(Date.now() + 7_200_000);
    await this.#shadows.updateOne({ _id: key, deleted: { $exists: false } }, { $set: { expireAt } });
  }

  async spoilPurge(key: string): Promise<void> {
    await this.#shadows.updateOne({ _id: key }, { $unset: { purgeAt: 1 } });
  }

  /** Puts a document of someone else's into the place of a key's shadow. */
  async putForeignDocument(key: string, document: Document): Promise<void> {
    await this.#world.db
      .collection<{ _id: string }>('kv_shadow')
      .replaceOne({ _id: key }, document, { upsert: true });
  }

  /** Makes a key differ in this way; its cache and shadow agree before, on a pair or, for the last one, on a delete. */
  async cause(kind: DifferenceKind, key: string): Promise<void> {
    const shadow = await this.#world.shadows.find(key);
    const version = Number(shadow?.version);
    switch (kind) {
      case 'foreign-document':
        return this.putForeignDocument(key, { foo: 1 });
      case 'shadow-missing':
        return this.dropShadow(key);
      case 'shadow-behind':
        return this.rollShadowBack(key, 'older', version - 1);
      case 'shadow-ahead':
        return this.rollPairBack(key, 'older', version - 1);
      case 'value-differs':
        return this.spoilValue(key);
      case 'expiry-differs':
        return this.spoilExpiry(key);
      case 'cache-missing':
        return this.dropPair(key);
      case 'orphaned-tombstone':
        return this.spoilPurge(key);
    }
  }
}

/** A sync that brings each mutation to its shadow at once. */
export function directSync(world: RealWorld) {
  const sync = async <M extends Parameters<typeof world.shadows.apply>[0][number]>(
    mutation: M,
  ): Promise<M> => {
    await world.shadows.apply([mutation], 'ASYNC_THREAD');
    await world.journal.remove([mutation]);
    return mutation;
  };
  return {
    set: async (...args: Parameters<typeof world.cache.set>) => sync(await world.cache.set(...args)),
    expire: async (...args: Parameters<typeof world.cache.expire>) => sync(await world.cache.expire(...args)),
    increment: async (...args: Parameters<typeof world.cache.increment>) =>
      sync((await world.cache.increment(...args)).mutation),
    /** Sets many pairs in few round trips. */
    setAll: async (inputs: readonly SetInput[]): Promise<void> => {
      for (let from = 0; from < inputs.length; from += 500) {
        const part = inputs.slice(from, from + 500);
        const mutations = await Promise.all(part.map((input) => world.cache.set(input)));
        await world.shadows.apply(mutations, 'ASYNC_THREAD');
        await world.journal.remove(mutations);
      }
    },
    delete: async (...args: Parameters<typeof world.cache.delete>) => {
      const { mutation, existed } = await world.cache.delete(...args);
      return { ...answerTo(await sync(mutation)), existed };
    },
    resync: async (...args: Parameters<typeof world.cache.resync>) =>
      answerTo(await sync(await world.cache.resync(...args))),
  };
}

/** What a write is told once it is in the shadow. */
const answerTo = ({ key, op, version }: Mutation): SyncAnswer => ({
  key,
  op,
  version,
  method: 'ASYNC_THREAD',
});
