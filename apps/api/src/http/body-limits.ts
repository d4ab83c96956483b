import { type Limits, MAX_KEYS } from '@hybrid-sync/tool-contract';
import type { z } from 'zod';

/** JSON writes a control character as six bytes, so a value within its limit may be six times as long in a body. */
const JSON_GROWTH = 6;
/** Room in a body for all that is not key or value, in bytes. */
const ENVELOPE_BYTES = 64 * 1024;

/** The largest body that any request within the limits on keys and values can have, in bytes. */
export function bodyLimitOf({ maxKeyBytes, maxValueBytes }: Limits): number {
  return JSON_GROWTH * (maxKeyBytes + maxValueBytes) + ENVELOPE_BYTES;
}

/** The largest body that a call with these arguments can have, in bytes: only where a value travels it is large. */
export function bodyLimitFor(input: z.ZodObject, limits: Limits): number {
  if ('value' in input.shape) return bodyLimitOf(limits);
  return JSON_GROWTH * limits.maxKeyBytes * ('keys' in input.shape ? MAX_KEYS : 1) + ENVELOPE_BYTES;
}

/** The largest body of a message that calls no tool, in bytes. */
export const MESSAGE_LIMIT = ENVELOPE_BYTES;
