import { MAX_OPERATIONS, type ToolInput, type ToolResult } from '@hybrid-sync/tool-contract';
import { CommandFailure } from '../errors.js';
import { EXIT } from '../exit-codes.js';
import type { PairLine } from './pair-line.js';
import { passes, RetryWaits } from './retry-waits.js';

/** Batches under way at the same time. */
const UNDER_WAY = 4;
/** Bytes of lines in one batch, unless the api takes fewer; a longer line goes alone. */
const MOST_BYTES = 512 * 1024;

/** A pair on its way, with the line that it comes from. */
export interface Item {
  readonly line: number;
  readonly bytes: number;
  readonly pair: PairLine;
}

/** What a loader needs. */
export interface LoaderParts {
  /** Sends operations, in their order. @throws CommandFailure */
  readonly send: (operations: ToolInput<'kv_batch'>['operations']) => Promise<ToolResult<'kv_batch'>>;
  /** Told of each pair that was not taken, and why. */
  readonly refused: (item: Item, reason: string) => void;
  /** How long to try without anything done, in milliseconds, once a batch was taken. */
  readonly patienceMs: number;
  readonly signal: AbortSignal;
}

/**
 * Brings pairs to the api in batches, a few at a time. The lines of one key stay in order: a batch holds a key once, and
 * does not leave while another with one of its keys is under way; so what failed may be sent again.
 */
export class Loader {
  readonly #parts: LoaderParts;
  readonly #underWay = new Map<Map<string, Item>, Promise<void>>();
  #forming = new Map<string, Item>();
  #formingBytes = 0;
  #mostBytes = MOST_BYTES;
  #reached: number;
  #loaded = 0;
  #kept = 0;
  #failure: { readonly error: unknown } | undefined;

  /** `from`: the first line. */
  constructor(from: number, parts: LoaderParts) {
    this.#reached = from;
    this.#parts = parts;
  }

  /** Pairs that the api has. */
  get loaded(): number {
    return this.#loaded;
  }

  /** Pairs that were left as they were, since the operations ask for that. */
  get kept(): number {
    return this.#kept;
  }

  /** The first line that is not done, as far as is known: where to go on. */
  get nextLine(): number {
    const open = [this.#forming, ...this.#underWay.keys()].flatMap((batch) =>
      [...batch.values()].slice(0, 1),
    );
    return Math.min(this.#reached, ...open.map(({ line }) => line));
  }

  /** A line that holds no pair. */
  skip(line: number): void {
    this.#reached = line + 1;
  }

  /** Takes a pair; waits where enough are under way. @throws what a batch before it failed with */
  async add(item: Item): Promise<void> {
    const { key } = item.pair;
    const full = this.#forming.size === MAX_OPERATIONS || this.#formingBytes + item.bytes > this.#mostBytes;
    if (this.#forming.size > 0 && (full || this.#forming.has(key))) await this.#leave();
    this.#forming.set(key, item);
    this.#formingBytes += item.bytes;
    this.#reached = item.line + 1;
  }

  /** Resolves when all is done. @throws what a batch failed with */
  async end(): Promise<void> {
    if (this.#forming.size > 0) await this.#leave();
    await Promise.all(this.#underWay.values());
    this.#throwFailure();
  }

  async #leave(): Promise<void> {
    const batch = this.#forming;
    while (this.#underWay.size >= UNDER_WAY || this.#sharesKey(batch)) {
      await Promise.race(this.#underWay.values());
      this.#throwFailure();
    }
    this.#throwFailure();
    [this.#forming, this.#formingBytes] = [new Map(), 0];
    const sent = this.#bring([...batch.values()]).then(
      () => {
        this.#underWay.delete(batch);
      },
      (error: unknown) => {
        // It stays under way: its lines are those to go on from.
        this.#failure ??= { error };
      },
    );
    this.#underWay.set(batch, sent);
  }

  #sharesKey(batch: ReadonlyMap<string, Item>): boolean {
    return [...this.#underWay.keys()].some((other) => [...batch.keys()].some((key) => other.has(key)));
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }

  /** Sends items until the api has or refuses each of them. @throws CommandFailure, the signal's reason */
  async #bring(items: readonly Item[]): Promise<void> {
    const waits = new RetryWaits(this.#parts.patienceMs, this.#parts.signal);
    let left = items;
    while (left.length > 0) {
      try {
        left = await this.#send(left, waits);
      } catch (error) {
        if (!(error instanceof CommandFailure)) throw error;
        if (error.code === 'BODY_TOO_LARGE' && left.length > 1) {
          this.#mostBytes = Math.ceil(Math.min(this.#mostBytes, bytesOf(left)) / 2);
          const half = Math.ceil(left.length / 2);
          await this.#bring(left.slice(0, half));
          left = left.slice(half);
          continue;
        }
        const at = error.code === 'BODY_TOO_LARGE' ? 0 : placeIn(error);
        const item = at === undefined ? undefined : left[at];
        // An api that never answered is more likely not there than away.
        if (item === undefined && this.#loaded === 0 && error.code === 'API_UNREACHABLE') throw error;
        if (item === undefined) await waits.after(error);
        else {
          this.#parts.refused(item, error.message.replace(/^operations\.\d+\.?/, ''));
          left = left.filter((each) => each !== item);
        }
      }
    }
  }

  /** Sends items once. Returns those to be sent again, after a wait. @throws CommandFailure, the signal's reason */
  async #send(items: readonly Item[], waits: RetryWaits): Promise<readonly Item[]> {
    const { results } = await this.#parts.send(items.map(({ pair }) => ({ op: 'set', ...pair })));
    const again: Item[] = [];
    let failure: CommandFailure | undefined;
    items.forEach((item, index) => {
      const result = results[index];
      const { code, message, retryAfterSec } = result?.error ?? {};
      if (code === undefined || message === undefined) this.#loaded++;
      else if (code === 'PRECONDITION_FAILED') this.#kept++;
      else if (!passes(code)) this.#parts.refused(item, message);
      else {
        again.push(item);
        failure = new CommandFailure(code, EXIT.no, message, { retryAfterSec });
      }
    });
    if (again.length < items.length) waits.progressed();
    if (failure !== undefined) await waits.after(failure);
    return again;
  }
}

/** Which operation an api refuses a batch for; undefined for none. */
function placeIn({ code, details }: CommandFailure): number | undefined {
  const place = code === 'INVALID_INPUT' ? /^operations\.(\d+)/.exec(details.field ?? '')?.[1] : undefined;
  return place === undefined ? undefined : Number(place);
}

function bytesOf(items: readonly Item[]): number {
  return items.reduce((sum, { bytes }) => sum + bytes, 0);
}
