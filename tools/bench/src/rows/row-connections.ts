import { createHash } from 'node:crypto';
import { slotOf } from '@hybrid-sync/sync-core';
import { Redis } from 'ioredis';
import { type Collection, Long, MongoClient } from 'mongodb';
import type { BenchPair, Pairs } from '../load/pairs.js';

/** A shadow as the rows without this system write it; the fields are those of the guide and of this system. */
export interface RowShadow {
  _id: string;
  slot: number;
  lastValue: string;
  valueHash: string;
  version: Long;
  lastWriteAt: Date;
  metadata: { syncMethod: string; syncTimestamp: string };
}

/** As the settings have it: a process takes shadows with the slots of another count for another layout's. */
const SLOTS = 32;
/** Documents in one insert of the preparation. */
const INSERT_BATCH = 1000;

/** A connection to Redis; the caller closes it. */
export function openRedis(url: string): Redis {
  return new Redis(url);
}

/** MongoDB with the write concern of this system; otherwise the driver's defaults, as this system has them. */
export async function openMongo(url: string): Promise<MongoClient> {
  return new MongoClient(url, { writeConcern: { w: 'majority' } }).connect();
}

/** The shadows of a row's database. */
export function shadowsOf(mongo: MongoClient): Collection<RowShadow> {
  return mongo.db().collection<RowShadow>('kv_shadow');
}

/**
 * Gives every key a shadow, so that all that follows are updates, however fast a row is. `versionOf`: the version of each
 * write by its number, 0 unless given.
 */
export async function fillShadows(
  mongodbUrl: string,
  pairs: Pairs,
  versionOf: (number: number) => number = () => 0,
): Promise<void> {
  const mongo = await openMongo(mongodbUrl);
  try {
    const shadows = shadowsOf(mongo);
    // The index that this system's shadows have: no row writes with fewer.
    await shadows.createIndexes([{ name: 'purge', key: { purgeAt: 1 }, expireAfterSeconds: 0 }]);
    const now = new Date();
    for (let from = 0; from < pairs.keys.length; from += INSERT_BATCH) {
      const keys = pairs.keys.slice(from, from + INSERT_BATCH);
      await shadows.insertMany(
        keys.map((_, index) => shadowOf(pairs.at(from + index), versionOf(from + index), now)),
        { ordered: false },
      );
    }
  } finally {
    await mongo.close();
  }
}

/** The whole shadow of a pair. */
export function shadowOf(pair: BenchPair, version: number, now: Date): RowShadow {
  return {
    _id: pair.key,
    slot: slotOf(pair.key, SLOTS),
    lastValue: pair.value,
    valueHash: pair.valueHash,
    version: Long.fromNumber(version),
    lastWriteAt: now,
    metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: now.toISOString() },
  };
}

/** Writes one shadow as the guide does: the newest call wins, whatever its mutation's age. */
export async function guideUpsert(
  shadows: Collection<RowShadow>,
  { key, value }: Pick<BenchPair, 'key' | 'value'>,
): Promise<void> {
  const now = new Date();
  const $set = {
    lastValue: value,
    valueHash: createHash('sha256').update(value).digest('hex'),
    lastWriteAt: now,
    metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: now.toISOString() },
  };
  await shadows.updateOne({ _id: key }, { $set }, { upsert: true });
}
