import type { ToolInput, ToolResult } from '@hybrid-sync/tool-contract';
import { type ApiError, apiErrorOf, InvalidInputError } from './errors.js';
import type { Resend } from './resending.js';
import type { Left } from './tool-calls.js';

/** Operations that one call takes at most; the contract's `MAX_OPERATIONS`. */
const MOST_OPERATIONS = 1000;
/** Characters of JSON that one call holds at most; a longer operation goes alone. */
const MOST_CHARACTERS = 512 * 1024;

type Batch = ToolInput<'kv_batch'>;
type Result = ToolResult<'kv_batch'>['results'][number];
/** Who writes, and when that is answered: of all operations of one call. */
type Origin = Pick<Batch, 'sessionId' | 'interactionId' | 'answer'>;

/** A write that waits for its turn to end. */
interface Waiting {
  readonly operation: Batch['operations'][number];
  readonly origin: string;
  readonly characters: number;
  readonly resolve: (result: Result) => void;
  readonly reject: (error: unknown) => void;
}

/** A write that was certainly not done, and why not. */
interface Refused {
  readonly write: Waiting;
  readonly failure: ApiError;
}

/** Calls `kv_batch`, and again with what is left of it, within the tries and the time of one call. */
type SendBatch = (
  batch: Batch,
  leftOf: (answer: ToolResult<'kv_batch'>) => Left<'kv_batch'> | undefined,
) => Promise<unknown>;

/**
 * Gathers the writes of one turn of the event loop and sends them together. The calls of one turn leave one after the
 * other, so that the writes of one key stay in their order. Those that are refused for a moment leave again, without the
 * others; one that breaks a rule is left out, and the others leave again.
 */
export class WriteGatherer {
  readonly #send: SendBatch;
  readonly #resend: Resend;
  #waiting: Waiting[] = [];

  constructor(send: SendBatch, resend: Resend) {
    this.#send = send;
    this.#resend = resend;
  }

  /** Sends an operation with the others of this turn. @throws ClientError */
  add(operation: Batch['operations'][number], origin: Origin): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#waiting.length === 0) endOfTurn(() => void this.#leave());
      const characters = JSON.stringify(operation).length;
      this.#waiting.push({ operation, origin: JSON.stringify(origin), characters, resolve, reject });
    });
  }

  async #leave(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const part of partsOf(waiting)) await this.#bring(part);
  }

  /** Sends writes of one call until each of them has its end. */
  async #bring(part: readonly Waiting[]): Promise<void> {
    const origin: Origin = JSON.parse(part[0]?.origin ?? '{}');
    const batchOf = (writes: readonly Waiting[]) => ({
      ...origin,
      operations: writes.map(({ operation }) => operation),
    });
    let left = part;
    let refused: readonly Refused[] = [];
    let failure: ApiError | undefined;
    try {
      await this.#send(batchOf(part), ({ results }) => {
        refused = settle(left, results, this.#resend);
        left = refused.map(({ write }) => write);
        failure = mostPatient(refused);
        return failure && { args: batchOf(left), failure };
      });
    } catch (error) {
      const [place, fault] = ownFault(error);
      if (error === failure) for (const { write, failure } of refused) write.reject(failure);
      else if (place === undefined) for (const { reject } of left) reject(error);
      else {
        left[place]?.reject(fault);
        const others = left.filter((_, index) => index !== place);
        if (others.length > 0) await this.#bring(others);
      }
    }
  }
}

/**
 * Where a call was refused as a whole since one of its writes breaks a rule: that one's place, and the failure as it would be
 * alone. None of them was done then.
 */
function ownFault(error: unknown): [place: number, fault: ApiError] | [] {
  if (!(error instanceof InvalidInputError)) return [];
  const { groups } = /^operations\.(?<place>\d+)\.(?<field>.+)$/.exec(error.field ?? '') ?? {};
  if (groups?.place === undefined) return [];
  const { code, message, field: inCall } = error;
  const { place, field } = groups;
  return [Number(place), apiErrorOf({ code, message: message.replace(`${inCall}`, `${field}`), field })];
}

/** Ends the writes that have an answer. Returns those that may be sent again, in their order. */
function settle(writes: readonly Waiting[], results: readonly Result[], resend: Resend): Refused[] {
  const failures = writes.map((_, index) => failureIn(results[index]));
  const passes = failures.map(
    (failure) => resend !== 'never' && failure?.passes === true && !failure.mayHaveBeenDone,
  );
  const ended = new Map<string, number>();
  writes.forEach(({ operation }, index) => {
    if (!passes[index]) ended.set(operation.key, index);
  });
  const refused: Refused[] = [];
  writes.forEach((write, index) => {
    const failure = failures[index];
    // Sent after a later write of the same key it would undo that one.
    const inOrder = index > (ended.get(write.operation.key) ?? -1);
    if (failure === undefined) write.resolve(results[index] as Result);
    else if (passes[index] && inOrder) refused.push({ write, failure });
    else write.reject(failure);
  });
  return refused;
}

function failureIn(result: Result | undefined): ApiError | undefined {
  if (result === undefined) return apiErrorOf({ code: 'INTERNAL', message: 'the api said nothing of it' });
  return result.error && apiErrorOf(result.error);
}

/** The failure after which to wait longest; undefined for none. */
function mostPatient(refused: readonly Refused[]): ApiError | undefined {
  const [first, ...others] = refused.map(({ failure }) => failure);
  return others.reduce(
    (one, other) => ((other.retryAfterSec ?? 0) > (one?.retryAfterSec ?? 0) ? other : one),
    first,
  );
}

/** What goes in one call each: neighbours of one origin, not too many and not too long. */
function partsOf(waiting: readonly Waiting[]): Waiting[][] {
  const parts: Waiting[][] = [];
  let characters = 0;
  for (const each of waiting) {
    const part = parts.at(-1);
    characters += each.characters;
    const joins =
      part !== undefined &&
      part.length < MOST_OPERATIONS &&
      part[0]?.origin === each.origin &&
      characters <= MOST_CHARACTERS;
    if (joins) part.push(each);
    else {
      parts.push([each]);
      characters = each.characters;
    }
  }
  return parts;
}

/** Once all that the present turn does is done; browsers have no `setImmediate`. */
function endOfTurn(task: () => void): void {
  const { setImmediate } = globalThis as { setImmediate?: (task: () => void) => unknown };
  if (setImmediate === undefined) setTimeout(task, 0);
  else setImmediate(task);
}
