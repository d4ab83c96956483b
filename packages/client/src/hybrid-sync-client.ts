import type { ToolInput, ToolName, ToolResult } from '@hybrid-sync/tool-contract';
import { type CallOptions, type ClientOptions, clientTerms } from './options.js';
import { ToolCalls } from './tool-calls.js';
import { WriteGatherer } from './write-gatherer.js';

/** Keys that one call reads, at most; the contract's `MAX_KEYS`. */
const MOST_KEYS = 100;
/** The longest wait that one call is asked for, in milliseconds: below the time-outs that proxies usually have. */
const LONGEST_WAIT_MS = 20_000;

/** A pair of the cache. */
export interface Pair {
  readonly key: string;
  /** Text; where `encoding` says so, bytes in it. */
  readonly value: string;
  /** The version that wrote it; a later write has a higher one. */
  readonly version: number;
  /** Media type of the value; absent for one without. */
  readonly contentType?: string | undefined;
  readonly encoding?: 'base64' | undefined;
  /** ISO 8601; absent for never. */
  readonly expireAt?: string | undefined;
}

/** What became of a write. */
export interface WriteAnswer {
  readonly key: string;
  /** The version of this write; versions of a key only rise. */
  readonly version: number;
  /** How far it got: shadow store, outbox, or journal. It is not lost, whichever it says. */
  readonly method: 'ASYNC_THREAD' | 'EVENT_BASED' | 'JOURNALED';
  /** Why the fast path did not bring it through; absent where it did. */
  readonly fallbackReason?: string | undefined;
  /** ISO 8601; absent for never, and after a delete. */
  readonly expireAt?: string | undefined;
}

/** What a set may say beside key and value; each as the tool `kv_set` has it. */
export type SetOptions = Omit<ToolInput<'kv_set'>, 'key' | 'value'> & CallOptions;
/** What a delete may say beside the key. */
export type DeleteOptions = Omit<ToolInput<'kv_del'>, 'key'> & CallOptions;

/** The pairs of a hybrid-sync deployment, and all its tools, over HTTP. It holds nothing that must be closed. */
export class HybridSyncClient {
  readonly #calls: ToolCalls;
  readonly #gatherer: WriteGatherer | undefined;

  /** @throws TypeError naming the option at fault */
  constructor(options: ClientOptions) {
    const terms = clientTerms(options);
    this.#calls = new ToolCalls(terms);
    if (options.batchWrites) {
      this.#gatherer = new WriteGatherer(
        (batch, leftOf) => this.#calls.call('kv_batch', batch, {}, leftOf),
        terms.resend,
      );
    }
  }

  /** Calls any tool, with the arguments and the answer of its contract. @throws ClientError; the signal's reason */
  call<Name extends ToolName>(
    tool: Name,
    args: ToolInput<Name>,
    options?: CallOptions,
  ): Promise<ToolResult<Name>> {
    return this.#calls.call(tool, args, options);
  }

  /** Reads a pair; undefined where the cache has none. @throws ClientError; the signal's reason */
  async get(key: string, options?: CallOptions): Promise<Pair | undefined> {
    return pairOf(await this.call('kv_get', { key }, options));
  }

  /** Reads pairs in the order of their keys, undefined for those that the cache has not. @throws as {@link get} */
  async mget(keys: readonly string[], options?: CallOptions): Promise<(Pair | undefined)[]> {
    const found: (Pair | undefined)[] = [];
    for (let from = 0; from < keys.length; from += MOST_KEYS) {
      const asked = { keys: keys.slice(from, from + MOST_KEYS) };
      found.push(...(await this.call('kv_mget', asked, options)).pairs.map(pairOf));
    }
    return found;
  }

  /**
   * Writes a pair, perhaps only over a version (`ifVersion`) or where there is none (`ifAbsent`).
   * @throws PreconditionFailedError where that does not hold; ClientError; the signal's reason
   */
  async set(key: string, value: string, options: SetOptions = {}): Promise<WriteAnswer> {
    const { signal, timeoutMs, resend, ...args } = options;
    const { sessionId, interactionId, answer: time, ...terms } = args;
    if (this.#gatherer === undefined || ownTerms(options)) {
      return writeAnswerOf(await this.call('kv_set', { ...args, key, value }, { signal, timeoutMs, resend }));
    }
    return writeAnswerOf(
      await this.#gatherer.add(
        { op: 'set', key, value, ...terms },
        { sessionId, interactionId, answer: time },
      ),
    );
  }

  /**
   * Deletes a pair, perhaps only one version of it; `existed`: whether the cache had it.
   * @throws PreconditionFailedError where that does not hold; ClientError; the signal's reason
   */
  async delete(
    key: string,
    options: DeleteOptions = {},
  ): Promise<WriteAnswer & { readonly existed: boolean }> {
    const { signal, timeoutMs, resend, ...args } = options;
    const { sessionId, interactionId, answer: time, ...terms } = args;
    const answer =
      this.#gatherer === undefined || ownTerms(options)
        ? await this.call('kv_del', { ...args, key }, { signal, timeoutMs, resend })
        : await this.#gatherer.add({ op: 'del', key, ...terms }, { sessionId, interactionId, answer: time });
    return { ...writeAnswerOf(answer), existed: answer.existed === true };
  }

  /** Sets and deletes up to 1000 pairs in one call; one that fails fails alone, and says so in its result. */
  batch(
    operations: ToolInput<'kv_batch'>['operations'],
    { signal, timeoutMs, resend, ...origin }: Omit<ToolInput<'kv_batch'>, 'operations'> & CallOptions = {},
  ): Promise<ToolResult<'kv_batch'>> {
    return this.call('kv_batch', { ...origin, operations }, { signal, timeoutMs, resend });
  }

  /** How long a pair lives on. */
  ttl(key: string, options?: CallOptions): Promise<ToolResult<'kv_ttl'>> {
    return this.call('kv_ttl', { key }, options);
  }

  /**
   * Gives a pair another time to live, a moment at which it expires, or (`persist`) none; its value stays.
   * @throws PreconditionFailedError where there is no such pair, or of another version; ClientError; the signal's reason
   */
  async expire(
    key: string,
    { signal, timeoutMs, resend, ...args }: Omit<ToolInput<'kv_expire'>, 'key'> & CallOptions,
  ): Promise<WriteAnswer> {
    return writeAnswerOf(await this.call('kv_expire', { ...args, key }, { signal, timeoutMs, resend }));
  }

  /**
   * Adds to the integer that a key holds, 0 for no such key; `sum`: what it holds now.
   * @throws InvalidInputError where it holds no integer; ClientError; the signal's reason
   */
  async increment(
    key: string,
    by = 1,
    { signal, timeoutMs, resend, ...args }: Omit<ToolInput<'kv_incr'>, 'key' | 'by'> & CallOptions = {},
  ): Promise<WriteAnswer & { readonly sum: number }> {
    const answer = await this.call('kv_incr', { ...args, key, by }, { signal, timeoutMs, resend });
    return { ...writeAnswerOf(answer), sum: answer.sum };
  }

  /** Every key that starts with a prefix, in no order; one may come twice. @throws ClientError; the signal's reason */
  async *scan(prefix = '', options?: CallOptions): AsyncGenerator<string, void, undefined> {
    for await (const { keys } of this.#pages({ prefix }, options)) yield* keys;
  }

  /** As {@link scan}, with the pairs. */
  async *scanPairs(prefix = '', options?: CallOptions): AsyncGenerator<Pair, void, undefined> {
    for await (const { pairs = [] } of this.#pages({ prefix, values: true }, options)) {
      for (const found of pairs) {
        const pair = pairOf(found);
        if (pair !== undefined) yield pair;
      }
    }
  }

  /**
   * Waits until the shadow store has this version of the key or a newer one. Returns whether it has, after at most
   * `withinMs` milliseconds, 30 000 unless given.
   * @throws ClientError; the signal's reason
   */
  async waitFor(
    key: string,
    version: number,
    { withinMs = 30_000, ...options }: CallOptions & { readonly withinMs?: number } = {},
  ): Promise<boolean> {
    const end = performance.now() + withinMs;
    for (;;) {
      const leftMs = Math.max(0, Math.round(end - performance.now()));
      const waitMs = Math.min(leftMs, LONGEST_WAIT_MS);
      const { reached } = await this.call('hybrid_sync_wait', { key, version, waitMs }, options);
      if (reached || waitMs === leftMs) return reached;
    }
  }

  async *#pages(
    args: Omit<ToolInput<'kv_scan'>, 'cursor'>,
    options: CallOptions | undefined,
  ): AsyncGenerator<ToolResult<'kv_scan'>, void, undefined> {
    let cursor = '0';
    do {
      const page = await this.call('kv_scan', { ...args, cursor, limit: 1000 }, options);
      yield page;
      ({ cursor } = page);
    } while (cursor !== '0');
  }
}

/** Whether a write has terms that those it would leave with need not share. */
function ownTerms({ signal, timeoutMs, resend }: CallOptions): boolean {
  return signal !== undefined || timeoutMs !== undefined || resend !== undefined;
}

function pairOf({ found, ...pair }: ToolResult<'kv_get'>): Pair | undefined {
  const { value, version } = pair;
  return found && value !== undefined && version !== undefined ? { ...pair, value, version } : undefined;
}

/** What is told of a write, alone or in a batch. */
type Told = { readonly [Name in keyof WriteAnswer]?: WriteAnswer[Name] | undefined };

function writeAnswerOf({ key, version, method, fallbackReason, expireAt }: Told): WriteAnswer {
  if (key === undefined || version === undefined || method === undefined) {
    throw new TypeError('the api answered a write without key, version or method');
  }
  return {
    key,
    version,
    method,
    ...(fallbackReason === undefined ? {} : { fallbackReason }),
    ...(expireAt === undefined ? {} : { expireAt }),
  };
}
