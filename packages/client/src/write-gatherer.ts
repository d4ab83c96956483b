import type { ToolInput, ToolResult } from '@hybrid-sync/tool-contract';
import { apiErrorOf } from './errors.js';

/** Operations that one call takes at most; the contract's `MAX_OPERATIONS`. */
export const MOST_OPERATIONS = 1000;
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

/**
 * Gathers the writes of one turn of the event loop and sends them together. The calls of one turn leave one after the
 * other, so that the writes of one key stay in their order.
 */
export class WriteGatherer {
  readonly #send: (batch: Batch) => Promise<ToolResult<'kv_batch'>>;
  #waiting: Waiting[] = [];

  /** `send`: calls `kv_batch`. */
  constructor(send: (batch: Batch) => Promise<ToolResult<'kv_batch'>>) {
    this.#send = send;
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
    for (const part of partsOf(waiting)) {
      const [first] = part;
      const origin: Origin = JSON.parse(first?.origin ?? '{}');
      try {
        const { results } = await this.#send({
          ...origin,
          operations: part.map(({ operation }) => operation),
        });
        part.forEach(({ resolve, reject }, index) => {
          const result = results[index];
          if (result !== undefined && result.error === undefined) resolve(result);
          else
            reject(apiErrorOf(result?.error ?? { code: 'INTERNAL', message: 'the api said nothing of it' }));
        });
      } catch (error) {
        for (const { reject } of part) reject(error);
      }
    }
  }
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
