import { createHash } from 'node:crypto';
import type { Collection } from 'mongodb';
import type { RowShadow } from './row-connections.js';

/** Writes one shadow as the guide does: the newest call wins, whatever its mutation's age. */
export async function guideUpsert(
  shadows: Collection<RowShadow>,
  { key, value }: { readonly key: string; readonly value: string },
): Promise<void> {
  const now = new Date();
  await shadows.updateOne(
    { _id: key },
    {
      $set: {
        lastValue: value,
        valueHash: createHash('sha256').update(value).digest('hex'),
        lastWriteAt: now,
        metadata: { syncMethod: 'ASYNC_THREAD', syncTimestamp: now.toISOString() },
      },
    },
    { upsert: true },
  );
}
