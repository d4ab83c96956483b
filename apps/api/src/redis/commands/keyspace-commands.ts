import { randomInt } from 'node:crypto';
import { setImmediate as othersTurn } from 'node:timers/promises';
import { type Cache, InvalidInputError } from '@hybrid-sync/sync-core';
import { type CommandHandler, integerIn, syntaxError, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';
import { CursorNumbers } from '../cursor-numbers.js';
import { type GlobMatcher, globMatcher } from '../glob.js';
import { keyBytesOf } from '../kept-bytes.js';

/** Keys that a page of SCAN asks for at most, and what the others ask for at once. */
const MOST_COUNT = 1000;
/** Keys that are compared with a pattern until others have their turn: a pattern can be made to take long. */
const COMPARED_AT_ONCE = 32;
/** Bytes of keys that KEYS answers with, at most. */
const MOST_KEYS_BYTES = 4 * 1024 * 1024;
const HIGHEST_CURSOR = 2n ** 64n - 1n;

/** The commands that are about all keys. */
export function keyspaceHandlers(cache: Pick<Cache, 'scan' | 'randomCursor'>) {
  const numbers = new CursorNumbers();
  const page = async (cursor: string, count: number, matches?: GlobMatcher) => {
    const { keys, cursor: next } = await cache.scan('', cursor, count);
    const bytes = keys.flatMap((name) => keyBytesOf(name) ?? []);
    return { keys: matches === undefined ? bytes : await matching(bytes, matches), next };
  };

  /** All keys, page by page; one may come twice, and those that come or go meanwhile may be missing. */
  async function* pages(matches?: GlobMatcher) {
    let cursor = '0';
    do {
      const { keys, next } = await page(cursor, MOST_COUNT, matches);
      yield keys;
      cursor = next;
    } while (cursor !== '0');
  }

  return {
    scan: async ({ args }) => {
      const number = cursorIn(args[0]);
      const { count, matches, type } = scanOptions(args.slice(1));
      const { keys, next } = await page(numbers.cursorOf(number), count, matches).catch(noCursor);
      return [numbers.numberOf(next, number), type === undefined || type === 'string' ? keys : []];
    },

    keys: async ({ args }) => {
      const found = new Map<string, Buffer>();
      let bytes = 0;
      for await (const keys of pages(globMatcher(args[0]?.toString('latin1') ?? ''))) {
        for (const key of keys) {
          found.set(key.toString('latin1'), key);
          bytes += key.length;
        }
        if (bytes > MOST_KEYS_BYTES) {
          throw new CommandError(`ERR the keys that match take more than ${MOST_KEYS_BYTES} bytes; use SCAN`);
        }
      }
      return [...found.values()];
    },

    dbsize: async () => {
      let count = 0;
      for await (const keys of pages()) count += keys.length;
      return count;
    },

    randomkey: async () => {
      // A page anywhere; where there is nothing from there on, the first page that has a key.
      let { keys, next } = await page(await cache.randomCursor(), MOST_COUNT);
      while (keys.length === 0 && next !== '0') ({ keys, next } = await page(next, MOST_COUNT));
      if (keys.length > 0) return keys[randomInt(keys.length)] ?? null;
      for await (const others of pages()) {
        if (others.length > 0) return others[randomInt(others.length)] ?? null;
      }
      return null;
    },
  } satisfies Record<string, CommandHandler>;
}

async function matching(keys: readonly Buffer[], matches: GlobMatcher): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for (let at = 0; at < keys.length; at += COMPARED_AT_ONCE) {
    if (at > 0) await othersTurn();
    const some = keys.slice(at, at + COMPARED_AT_ONCE);
    found.push(...some.filter((key) => matches(key.toString('latin1'))));
  }
  return found;
}

function cursorIn(argument: Buffer | undefined): string {
  const text = argument?.toString('latin1') ?? '';
  if (!/^\d{1,20}$/.test(text) || BigInt(text) > HIGHEST_CURSOR) throw new CommandError('ERR invalid cursor');
  return text;
}

/** Of another Redis, or over a cluster of another process. */
function noCursor(error: unknown): never {
  throw error instanceof InvalidInputError ? new CommandError('ERR invalid cursor') : error;
}

function scanOptions(args: readonly Buffer[]) {
  let count = 10;
  let matches: GlobMatcher | undefined;
  let type: string | undefined;
  for (let at = 0; at < args.length; at += 2) {
    const option = wordIn(args[at]);
    const value = args[at + 1];
    if (value === undefined) throw syntaxError();
    if (option === 'MATCH') matches = globMatcher(value.toString('latin1'));
    else if (option === 'TYPE') type = value.toString('latin1').toLowerCase();
    else if (option === 'COUNT') {
      const asked = integerIn(value);
      if (asked < 1n) throw syntaxError();
      count = Number(asked > BigInt(MOST_COUNT) ? MOST_COUNT : asked);
    } else throw syntaxError();
  }
  return { count, matches, type };
}
