import { createHash } from 'node:crypto';
import { EJSON } from 'bson';
import { z } from 'zod';
import { expiryAt, type LineRead, pairFrom } from './pair-line.js';

/** What a pair needs of a shadow; readers of MongoDB know these fields. */
const SHADOW = z.object({
  _id: z.string(),
  lastValue: z.string().nullable(),
  valueHash: z.string().optional(),
  expireAt: z.date().optional(),
  deleted: z.boolean().optional(),
});
/**
 * The mark before a value with a type: NUL and the head of a `data:` URL. What looks like one and has no type is text, as it
 * is to the api.
 */
const MARKED = /^\0data:((?:[\w!#$%&'*+.^`|~-]+\/[\w!#$%&'*+.^`|~-][^,]*?)?)(;base64)?,/;

/** The pair that a shadow stands for, from a line of `mongoexport`; none for one that is deleted or has expired. */
export function pairOfShadow(text: string): LineRead {
  let document: unknown;
  try {
    document = EJSON.parse(text);
  } catch {
    return { fault: 'is not JSON' };
  }
  const { data, error } = SHADOW.safeParse(document);
  if (data === undefined) {
    const place = error.issues[0]?.path.join('.');
    return { fault: place ? `${place}: is of no shadow` : 'is no shadow' };
  }
  const { _id: key, lastValue, valueHash, expireAt, deleted } = data;
  if (deleted === true || lastValue === null) return { leftOut: 'deleted' };
  if (expireAt !== undefined && expireAt.getTime() <= Date.now()) return { leftOut: 'expired' };
  if (valueHash !== undefined && valueHash !== createHash('sha256').update(lastValue).digest('hex')) {
    return { fault: 'valueHash: is of another value' };
  }
  const [mark, contentType = '', base64] = MARKED.exec(lastValue) ?? [];
  return pairFrom({
    key,
    value: lastValue.slice(mark?.length ?? 0),
    ...(contentType === '' ? {} : { contentType }),
    ...(base64 === undefined ? {} : { encoding: 'base64' }),
    ...(expireAt === undefined ? {} : { expireAt: expiryAt(expireAt.getTime()) }),
  });
}
