import { firstFault, inPlainWords } from '@hybrid-sync/input-faults';
import { toolContract } from '@hybrid-sync/tool-contract';
import { z } from 'zod';

/** Sizes are the api's settings, so they are left to it to check. */
const UNCHECKED = Number.MAX_SAFE_INTEGER;
const { key, value, contentType, encoding, ttlSec, expireAt } = toolContract({
  maxKeyBytes: UNCHECKED,
  maxValueBytes: UNCHECKED,
}).kv_set.input.shape;
const LINE = z
  .strictObject({ key, value, contentType, encoding, ttlSec, expireAt })
  .refine((pair) => !(pair.ttlSec && pair.expireAt), {
    path: ['expireAt'],
    error: "can't stand beside ttlSec",
  });

/** A pair as a line of NDJSON has it: the arguments of kv_set, without conditions. */
export type PairLine = z.output<typeof LINE>;

/** What was read of a line, or of a key: a pair, none by right and of which kind, or none and what is wrong. */
export type LineRead =
  | { readonly pair: PairLine }
  | { readonly leftOut: string }
  | { readonly fault: string };

/** The last moment of the year 9999: an expiry after it counts as never. */
const LAST_EXPIRY_MS = Date.UTC(10_000, 0) - 1;

/** When a pair expires that does at `ms`, in milliseconds since 1970; undefined for never. */
export function expiryAt(ms: number): string | undefined {
  return ms > LAST_EXPIRY_MS ? undefined : new Date(ms).toISOString();
}

/** The pair that a line holds, or why it holds none, in words that hold no value. */
export function pairIn(text: string): LineRead {
  try {
    return pairFrom(JSON.parse(text));
  } catch {
    return { fault: 'is not JSON' };
  }
}

/** A pair of someone's own making, if it is one. */
export function pairFrom(json: unknown): LineRead {
  const { data, error } = LINE.safeParse(json, { error: inPlainWords });
  if (data !== undefined) return { pair: data };
  const { field, message } = firstFault(error, Object.keys(LINE.shape), 'is no part of a pair');
  return { fault: field === '' ? message : `${field}: ${message}` };
}

/** The line of a pair, with its line break. Its fields come in one order, so that equal pairs are equal lines. */
export function pairLine(pair: Readonly<Record<string, unknown>>): string {
  const { key, value, contentType, encoding, expireAt } = pair;
  return `${JSON.stringify({ key, value, contentType, encoding, expireAt })}\n`;
}
