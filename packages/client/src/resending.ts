import type { ToolName } from '@hybrid-sync/tool-contract';
import { OPERATIONS } from '@hybrid-sync/tool-contract/operations';
import type { ClientError } from './errors.js';

/**
 * Which calls are sent again after a failure that may pass.
 *
 * - `safe`: what changes nothing when it is done twice: reads; writes with a condition, which holds once only; any write
 *   that the api certainly did not do.
 * - `always`: also a write that may have been done. The pair is then written twice; a sum is added twice. But no batch that
 *   holds a condition: the second sending would meet what the first one did, and say that nothing was written.
 * - `never`: none.
 */
export type Resend = (typeof RESENDS)[number];

/** See {@link Resend}. */
export const RESENDS = ['safe', 'always', 'never'] as const;

/** What a second sending of a call would mean. */
export type CallKind = 'read' | 'conditional write' | 'write' | 'batch with conditions';

/** What a call is by its tool and arguments. */
export function callKind(tool: ToolName, args: Readonly<Record<string, unknown>>): CallKind {
  const { method } = OPERATIONS[tool];
  if (method === 'GET' || tool === 'kv_mget') return 'read';
  if (hasCondition(args)) return 'conditional write';
  const { operations = [] } = args as { operations?: readonly Readonly<Record<string, unknown>>[] };
  return operations.some(hasCondition) ? 'batch with conditions' : 'write';
}

function hasCondition(args: Readonly<Record<string, unknown>>): boolean {
  const isSet = (name: string) => args[name] !== undefined && args[name] !== null;
  return isSet('ifVersion') || args.ifAbsent === true || isSet('ifRevision');
}

/** Whether a call that may have been done is not sent again. */
export function sentOnce(kind: CallKind, resend: Resend): boolean {
  return resend === 'never' || kind === 'batch with conditions' || (kind === 'write' && resend !== 'always');
}

/** Whether a call may be sent again after a failure. */
export function mayResend(kind: CallKind, failure: ClientError, resend: Resend): boolean {
  if (resend === 'never' || !failure.passes) return false;
  return !sentOnce(kind, resend) || !failure.mayHaveBeenDone;
}

/** The longest first pause, in milliseconds; each later one may be twice as long. */
const FIRST_PAUSE_MS = 100;
/** The longest pause, in milliseconds. */
const LONGEST_PAUSE_MS = 2000;

/**
 * How long to wait before the next try, in milliseconds: some time up to a bound that doubles, so that clients that
 * failed together do not come back together. `tries`: those that failed, from 1; `random`: 0 to 1.
 */
export function pauseMs(tries: number, retryAfterSec = 0, random = Math.random()): number {
  const bound = Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
  return 1000 * retryAfterSec + random * bound;
}
