import { z } from 'zod';
import type { Fields } from './fields.js';
import { syncResult } from './sync-result.js';
import { ADDS, KEEPS, tool } from './tool-terms.js';

/** The tools that change a pair without its value being sent. */
export function kvChangeTools({ key, ttlSec, expireAt, sessionId, interactionId, ifVersion }: Fields) {
  return {
    kv_expire: tool({
      title: 'Change an expiry',
      description: 'Use to give a pair another time to live, or none, and keep its value.',
      role: 'write',
      hints: KEEPS,
      input: z
        .strictObject({
          key,
          ttlSec,
          expireAt,
          persist: z.boolean().nullish().describe('true: it never expires.'),
          sessionId,
          interactionId,
          ifVersion,
        })
        .refine((one) => [one.ttlSec, one.expireAt, one.persist].filter(Boolean).length === 1, {
          path: ['ttlSec'],
          error: 'one of ttlSec, expireAt and persist must be given',
        }),
      output: syncResult,
    }),
    kv_incr: tool({
      title: 'Add to a number',
      description:
        'Use to count: adds to the integer that a key holds, 0 for no such key, in one step. The expiry stays.',
      role: 'write',
      hints: ADDS,
      input: z.strictObject({
        key,
        by: z.int().default(1).describe('May be negative.'),
        sessionId,
        interactionId,
        ifVersion,
      }),
      output: syncResult.extend({ sum: z.int().describe('What the key holds now.') }),
    }),
  };
}
