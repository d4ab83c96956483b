import { z } from 'zod';
import type { Fields } from './fields.js';

/** A schema with the rules of its kind of write; the schema may have more fields than the write itself. */
type Ruled = <Schema extends z.ZodObject>(schema: Schema) => Schema;
const asItIs: Ruled = (schema) => schema;

/** What a write can't ask for: a version and none; to expire in a while and at a moment. */
const ruledSet: Ruled = (schema) =>
  schema
    .refine(({ ifVersion, ifAbsent }) => !(typeof ifVersion === 'number' && ifAbsent === true), {
      path: ['ifAbsent'],
      error: "can't be asked for beside ifVersion",
    })
    .refine(({ ttlSec, expireAt }) => !(ttlSec && expireAt), {
      path: ['expireAt'],
      error: "can't be asked for beside ttlSec",
    });

const ruledExpire: Ruled = (schema) =>
  schema.refine((one) => [one.ttlSec, one.expireAt, one.persist].filter(Boolean).length === 1, {
    path: ['ttlSec'],
    error: 'one of ttlSec, expireAt and persist must be given',
  });

/** What each kind of write of one pair takes, alone or in a batch, beside who writes. */
export function pairWrites({
  key,
  value,
  contentType,
  encoding,
  ttlSec,
  expireAt,
  ifVersion,
  ifAbsent,
}: Fields) {
  return {
    set: {
      takes: { key, value, contentType, encoding, ttlSec, expireAt, ifVersion, ifAbsent },
      ruled: ruledSet,
    },
    del: { takes: { key, ifVersion }, ruled: asItIs },
    expire: {
      takes: {
        key,
        ttlSec,
        expireAt,
        persist: z.boolean().nullish().describe('true: it never expires.'),
        ifVersion,
      },
      ruled: ruledExpire,
    },
    incr: {
      takes: { key, by: z.int().default(1).describe('May be negative.'), ifVersion },
      ruled: asItIs,
    },
  };
}
