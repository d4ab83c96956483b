import { z } from 'zod';
import type { Fields } from './fields.js';
import { pairWrites } from './pair-writes.js';
import { sum, syncResult } from './sync-result.js';
import { ADDS, KEEPS, tool } from './tool-terms.js';

/** The tools that change a pair without its value being sent. */
export function kvChangeTools(fields: Fields) {
  const { sessionId, interactionId, answer } = fields;
  const { expire, incr } = pairWrites(fields);
  return {
    kv_expire: tool({
      title: 'Change an expiry',
      description: 'Use to give a pair another time to live, or none, and keep its value.',
      role: 'write',
      hints: KEEPS,
      input: expire.ruled(z.strictObject({ ...expire.takes, sessionId, interactionId, answer })),
      output: syncResult,
    }),
    kv_incr: tool({
      title: 'Add to a number',
      description:
        'Use to count: adds to the integer that a key holds, 0 for no such key, in one step. The expiry stays.',
      role: 'write',
      hints: ADDS,
      input: incr.ruled(z.strictObject({ ...incr.takes, sessionId, interactionId, answer })),
      output: syncResult.extend({ sum }),
    }),
  };
}
