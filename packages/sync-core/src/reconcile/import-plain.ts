import { isUtf8 } from 'node:buffer';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { PreconditionFailedError } from '../errors.js';
import type { HybridSync } from '../hybrid-sync.js';
import type { ShadowStore } from '../store/shadow-store.js';
import { Budget, StoreAwayError, type TaskBounds } from './budget.js';
import { decodeCursor, encodeCursor } from './verify-cursor.js';

/** What an import reads and writes. */
export interface ImportStores {
  /** The Redis of the cache, in which the plain keys are, too. */
  readonly redis: Redis;
  readonly shadows: Pick<ShadowStore, 'without'>;
}

/** What to import, and within which bounds. */
export interface ImportOptions extends TaskBounds {
  /** Glob pattern of the keys, as SCAN takes it. */
  readonly match: string;
  /** Where to go on: the cursor of a report that was not complete. */
  readonly cursor?: string | undefined;
  /** Keys and values above these are skipped, in bytes. */
  readonly maxKeyBytes: number;
  readonly maxValueBytes: number;
  /** First part of the system's own keys, which are never imported. */
  readonly namespace: string;
  /** Told after each page how far the call is. */
  readonly onProgress?: ((report: ImportCounts) => void) | undefined;
}

/** What became of the keys that matched. */
export interface ImportCounts {
  readonly seen: number;
  /** Written as pairs, journaled and synced like any other write. */
  readonly imported: number;
  /** Left alone: the system has, or had, a pair of that key. */
  readonly known: number;
  /** Left out: no strings. */
  readonly otherTypes: number;
  /** Left out: too long, no UTF-8 text, or expired before they were read. */
  readonly unfit: number;
}

/** What one call did. */
export interface ImportReport extends ImportCounts {
  readonly complete: boolean;
  readonly cursor?: string;
  /** Why the call ended before its time. */
  readonly stopped?: string;
  readonly seconds: number;
  readonly keysPerSecond: number;
}

const position = z.strictObject({ scan: z.string().regex(/^\d{1,20}$/), prefix: z.string() });
const PAGE = 500;

interface PlainKey {
  readonly key: string;
  readonly value: string;
  readonly expireAt: number | undefined;
}

/**
 * Takes plain Redis strings over as pairs, each by a write like any client's, only where the system never heard of the
 * key; expiries are kept to the millisecond. The plain keys stay as they are. An import that is repeated, or goes on
 * after an end, changes nothing of what is there.
 * @throws InvalidInputError for a cursor that is none
 */
export async function importPlain(
  { redis, shadows }: ImportStores,
  sync: Pick<HybridSync, 'set'>,
  options: ImportOptions,
): Promise<ImportReport> {
  const { match } = options;
  const budget = new Budget(options);
  const counts = { seen: 0, imported: 0, known: 0, otherTypes: 0, unfit: 0 };
  let scan = options.cursor === undefined ? '0' : decodeCursor(options.cursor, match, position).scan;
  let complete = false;
  let stopped: string | undefined;
  const importPage = async (names: readonly string[]) => {
    const keys = [...new Set(names)].filter((name) => !name.startsWith(`${options.namespace}:`));
    const found = await budget.insist(() => readPlain(redis, keys, options));
    const without = new Set(await budget.insist(() => shadows.without(found.fit.map(({ key }) => key))));
    counts.seen += keys.length;
    counts.otherTypes += found.otherTypes;
    counts.unfit += found.unfit;
    counts.known += found.fit.length - without.size;
    const writes = found.fit
      .filter(({ key }) => without.has(key))
      .map(async (plain) => {
        try {
          await budget.insist(async () => {
            try {
              await sync.set({ ...plain, precondition: { is: 'none-match', versions: 'any' } });
              counts.imported++;
            } catch (error) {
              if (!(error instanceof PreconditionFailedError)) throw error;
              counts.known++;
            }
          });
        } catch (error) {
          stopped = error instanceof Error ? error.message : String(error);
        }
      });
    await Promise.all(writes);
  };
  try {
    while (!complete && stopped === undefined && !budget.spent) {
      const [next, names] = await budget.insist(() => redis.scan(scan, 'MATCH', match, 'COUNT', PAGE));
      if (names.length > 0) await importPage(names);
      if (stopped !== undefined) break;
      scan = next;
      complete = next === '0';
      options.onProgress?.(counts);
      await budget.used(names.length);
    }
  } catch (error) {
    if (!(error instanceof StoreAwayError)) throw error;
    stopped = error.message;
  }
  return {
    complete,
    ...(complete ? {} : { cursor: encodeCursor({ scan }, match) }),
    ...counts,
    ...(stopped === undefined ? {} : { stopped }),
    seconds: budget.seconds,
    keysPerSecond: counts.seen / budget.seconds,
  };
}

/** The plain strings among these keys; what is none or does not fit is counted. */
async function readPlain(
  redis: Redis,
  keys: readonly string[],
  { maxKeyBytes, maxValueBytes }: Pick<ImportOptions, 'maxKeyBytes' | 'maxValueBytes'>,
): Promise<{ fit: PlainKey[]; otherTypes: number; unfit: number }> {
  const ask = redis.pipeline();
  for (const key of keys) ask.type(key).strlen(key);
  const facts = ((await ask.exec()) ?? []).map(([, reply]) => reply);
  const strings = keys.filter((_, index) => facts[2 * index] === 'string');
  const small = keys.filter(
    (key, index) =>
      facts[2 * index] === 'string' &&
      Number(facts[2 * index + 1]) <= maxValueBytes &&
      Buffer.byteLength(key) <= maxKeyBytes &&
      !key.includes('\uFFFD'),
  );
  const read = redis.multi();
  for (const key of small) read.getBuffer(key).pexpiretime(key);
  const replies = ((await read.exec()) ?? []).map(([, reply]) => reply);
  const fit = small.flatMap((key, index): PlainKey[] => {
    const value = replies[2 * index];
    const expireAt = Number(replies[2 * index + 1]);
    if (!Buffer.isBuffer(value) || !isUtf8(value)) return [];
    return [{ key, value: value.toString(), expireAt: expireAt > 0 ? expireAt : undefined }];
  });
  return { fit, otherTypes: keys.length - strings.length, unfit: strings.length - fit.length };
}
