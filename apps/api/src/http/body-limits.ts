import { type Limits, MAX_KEYS } from '@hybrid-sync/tool-contract';
import type { z } from 'zod';

/** JSON writes a control character as six bytes, so a value within its limit may be six times as long in a body. */
const JSON_GROWTH = 6;
/** Room in a body for all that is not key or value, in bytes. */
const ENVELOPE_BYTES = 64 * 1024;
/** Room for what stands between keys, in bytes. */
const LIST_BYTES = 4 * 1024;

/** The largest body that any request within the limits on keys and values can have, in bytes. */
export function bodyLimitOf({ maxKeyBytes, maxValueBytes }: Limits): number {
  return JSON_GROWTH * (maxKeyBytes + maxValueBytes) + ENVELOPE_BYTES;
}

/**
 * The largest body that a call with these arguments can have, in bytes: only where values travel it is large. A batch may be
 * as long as the largest single write; what is beyond that is for another call.
 */
export function bodyLimitFor(input: z.ZodObject, limits: Limits): number {
  if ('value' in input.shape || 'operations' in input.shape) return bodyLimitOf(limits);
  if ('keys' in input.shape) {
    return Math.max(ENVELOPE_BYTES, JSON_GROWTH * MAX_KEYS * limits.maxKeyBytes + LIST_BYTES);
  }
  return JSON_GROWTH * limits.maxKeyBytes + ENVELOPE_BYTES;
}

/** The largest body of a message that calls no tool, in bytes. */
export const MESSAGE_LIMIT = ENVELOPE_BYTES;
