import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** What a caller may call its request: nothing that breaks a line or has to be quoted in a log. */
const GIVEN = /^[\w.:-]{1,64}$/;
const PREFIX_BYTES = 6;

/**
 * Names requests: by their `x-request-id` where that is fit for it, else by a number behind a prefix that no other
 * process has.
 */
export function requestIds(): (request: Pick<IncomingMessage, 'headers'>) => string {
  const prefix = randomBytes(PREFIX_BYTES).toString('hex');
  let last = 0;
  return ({ headers }) => {
    const given = headers['x-request-id'];
    return typeof given === 'string' && GIVEN.test(given) ? given : `${prefix}-${++last}`;
  };
}
