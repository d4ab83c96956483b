import { z } from 'zod';
import type { Expiry, ResyncOptions } from '../cache/write-inputs.js';
import { syncMode } from '../config/sync-mode.js';
import { InvalidInputError } from '../errors.js';
import type { WriteTerms } from '../sync-answer.js';

/** What a delete inside an application may say beside the key. */
export type DeleteOptions = ResyncOptions;
/** What a set inside an application may say beside key and value. */
export interface SetOptions extends ResyncOptions, Expiry, Pick<WriteTerms, 'mode' | 'answer'> {
  /** Whether the pair keeps the expiry that it has, whatever else is said of one. */
  readonly keepExpiry?: boolean | undefined;
}

const time = z
  .int('must be a whole number, 0 or more')
  .min(0, 'must be a whole number, 0 or more')
  .optional();
const DELETE = z.strictObject({
  sessionId: z.string('must be text').optional(),
  interactionId: z.string('must be text').optional(),
  precondition: z
    .strictObject(
      { is: z.enum(['match', 'none-match']), versions: z.union([z.literal('any'), z.array(z.int().min(0))]) },
      'must be { is, versions }',
    )
    .optional(),
});
const SET = DELETE.extend({
  ttlSec: time,
  ttlMs: time,
  expireAt: z.int('must be milliseconds since 1970').optional(),
  keepExpiry: z.boolean('must be true or false').optional(),
  mode: z.enum(syncMode.options, `must be one of ${syncMode.options.join(', ')}`).optional(),
  answer: z.enum(['synced', 'journaled'], 'must be synced or journaled').optional(),
});

/**
 * Looks at what types alone would keep out. A condition that is misspelt must not pass for none.
 * @throws InvalidInputError naming the option at fault
 */
export function checkWrite(op: 'set' | 'delete', options: unknown): void {
  const [issue] = (op === 'set' ? SET : DELETE).safeParse(options).error?.issues ?? [];
  if (issue === undefined) return;
  const [field = 'options'] = issue.path;
  if (issue.code !== 'unrecognized_keys') throw new InvalidInputError(String(field), faultIn(issue));
  const names = issue.path.length > 0 ? [String(field)] : issue.keys;
  throw new InvalidInputError(names[0] ?? 'options', `is not an option of a ${op}`);
}

function faultIn({ path, message }: z.core.$ZodIssue): string {
  if (path.length === 0) return 'must be an object';
  return path[0] === 'precondition'
    ? "must be { is: 'match' or 'none-match', versions: 'any' or a list of versions }"
    : message;
}
