import type { OpenRow, RowSurroundings } from './row.js';
import { openMongo, shadowOf, shadowsOf } from './row-connections.js';

/**
 * Unordered bulk writes of the same conditional upserts that this system's shadow store makes, without Redis and
 * without hashing: nothing that brings mutations to MongoDB can be faster.
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
        const replacement = shadowOf(pairs.at(written), ++written, now);
        const filter = { _id: replacement._id, version: { $lt: replacement.version } };
        return { replaceOne: { filter, replacement, upsert: true } };
      });
      const { matchedCount } = await shadows.bulkWrite(operations, { ordered: false });
      if (matchedCount !== batch) throw new Error(`only ${matchedCount} of ${batch} shadows were written`);
      return undefined;
    },
    close: () => mongo.close(),
  };
}
