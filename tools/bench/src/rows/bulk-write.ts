import type { OpenRow, RowSurroundings } from './row.js';
import { openMongo, shadowOf, shadowsOf } from './row-connections.js';

/**
 * Unordered bulk writes of upserts as this system's shadow store makes them, with the version as their only condition,
 * without Redis and without hashing: nothing that brings mutations to MongoDB can be faster.
 */
export async function bulkWrite({ mongodbUrl, pairs }: RowSurroundings): Promise<OpenRow> {
  const mongo = await openMongo(mongodbUrl);
  const shadows = shadowsOf(mongo);
  // Calls of different batch sizes follow each other, so they count their writes themselves.
  let written = 0;
  return {
    async write(_number, batch) {
      const now = new Date();
      const operations = Array.from({ length: batch }, () => {
        const shadow = shadowOf(pairs.at(written), ++written, now);
        const older = { $lt: ['$version', shadow.version] };
        const update = [{ $replaceWith: { $cond: [older, { $literal: shadow }, null] } }];
        return { updateOne: { filter: { _id: shadow._id }, update, upsert: true } };
      });
      const { matchedCount } = await shadows.bulkWrite(operations, { ordered: false });
      if (matchedCount !== batch) throw new Error(`only ${matchedCount} of ${batch} shadows were written`);
      return undefined;
    },
    close: () => mongo.close(),
  };
}
