import { z } from 'zod';
import type { Limits } from './limits.js';

/** A hundred years: beyond any use, and within what Redis and Date can hold. */
const MAX_TTL_SEC = 3_155_760_000;
/** Longest session or interaction id, in characters. */
const MAX_ID = 200;

/** Keys that one call reads, at most. */
export const MAX_KEYS = 100;
/** Writes of one batch, at most. */
export const MAX_OPERATIONS = 1000;
/** Redis' cursors are unsigned numbers of 64 bits. */
const MAX_CURSOR = 2n ** 64n - 1n;
const NO_CURSOR = 'must be a cursor from the page before, or "0"';

/** A media type with its parameters (RFC 9110), but for commas in them. */
const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const MEDIA_TYPE = new RegExp(
  `^${TOKEN}/${TOKEN}(?:[ \\t]*;[ \\t]*${TOKEN}=(?:${TOKEN}|"[ !#-+\\--\\[\\]-~]*"))*$`,
);
/** Longest one, in characters. */
const MAX_MEDIA_TYPE = 200;

/** Whether a value may have this type. */
export function isMediaType(type: string): boolean {
  return type.length <= MAX_MEDIA_TYPE && MEDIA_TYPE.test(type);
}

/** For clients that make a number of whatever looks like one. */
const NOT_QUOTED = 'must be text; what looks like a number, true or false needs quotation marks: "42"';

/** Text that UTF-8 can hold: half of a surrogate pair would come back as another character. Any other is allowed. */
export const wellFormed = () =>
  z.string({ error: notQuoted }).refine((value) => value.isWellFormed(), 'must be well-formed Unicode');
const text = (maxBytes: number) =>
  wellFormed().refine(
    (value) => Buffer.byteLength(value) <= maxBytes,
    `must be at most ${maxBytes} bytes of UTF-8`,
  );
/** A session or an interaction. */
const id = () => wellFormed().min(1).max(MAX_ID).nullish();

/** What to say of a number or a truth value where text belongs; undefined for what zod says of anything else. */
function notQuoted({ input }: { readonly input?: unknown }): string | undefined {
  return typeof input === 'number' || typeof input === 'boolean' ? NOT_QUOTED : undefined;
}

/** The arguments that several tools share, within the limits. */
export function fieldsOf({ maxKeyBytes, maxValueBytes }: Limits) {
  const key = text(maxKeyBytes).min(1, 'must not be empty');
  return {
    key: key.describe(`At most ${maxKeyBytes} bytes.`),
    keys: z.array(key).min(1).max(MAX_KEYS).describe(`The keys, 1 to ${MAX_KEYS}.`),
    value: text(maxValueBytes).describe(`Text of at most ${maxValueBytes} bytes.`),
    contentType: z
      .string()
      .max(MAX_MEDIA_TYPE)
      .refine(isMediaType, 'must be a media type like image/png, without commas')
      .nullish()
      .describe('Media type, kept with it.'),
    encoding: z.literal('base64').nullish().describe('base64: the value is given in it.'),
    ttlSec: z.int().min(0).max(MAX_TTL_SEC).nullish().describe('Whole seconds to live; 0: no end.'),
    expireAt: z.iso.datetime().nullish().describe('Instead of ttlSec: when it expires.'),
    sessionId: id().describe('Who writes.'),
    interactionId: id().describe('Which interaction.'),
    answer: z.enum(['synced', 'journaled']).nullish().describe('journaled: before it is synced.'),
    ifVersion: z.int().min(1).nullish().describe('Only over this version.'),
    ifAbsent: z.boolean().nullish().describe('true: only where it is absent.'),
    prefix: text(maxKeyBytes).default('').describe('How keys start; no pattern.'),
    cursor: z
      .string()
      .regex(/^(?:\d{1,20}|c[\w.,-]{1,6000})$/, NO_CURSOR)
      .refine((digits) => !/^\d+$/.test(digits) || BigInt(digits) <= MAX_CURSOR, NO_CURSOR)
      .default('0')
      .describe('Of the page before; "0" for the first.'),
    limit: z.int().min(1).max(1000).default(100).describe('About how many keys a page holds, 1 to 1000.'),
  };
}

/** {@link fieldsOf}'s result. */
export type Fields = ReturnType<typeof fieldsOf>;
