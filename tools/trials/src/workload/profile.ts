import { readFile } from 'node:fs/promises';
import { parse } from 'csv-parse/sync';
import { closest, distance } from 'fastest-levenshtein';
import { UsageError } from '../usage-error.js';
import { parseOperationMix, type RequestKind } from './operation-mix.js';
import { parseTtlMix } from './ttl-mix.js';
import type { Share } from './weighted-choice.js';

/** The table that comes with this package: Twitter's production caches, see `profiles/README.md`. */
export const PROFILE_TABLE = new URL('../../profiles/twitter-cache-clusters.csv', import.meta.url);

/** What is known of one production cache: one row of the table, checked and in plain units. */
export interface Profile {
  readonly name: string;
  /** Mean size of a key, in bytes. */
  readonly keyBytes: number;
  /** Mean size of a value, in bytes. */
  readonly valueBytes: number;
  /** Requests per second that the real cache had. */
  readonly requestsPerSecond: number;
  /** Mean number of requests to one key over the trace, from 1. */
  readonly requestsPerKey: number;
  /** Share of the keys that got one request in the whole trace, 0 to 1. */
  readonly oneHitShare: number;
  /** Times to live of the values set, in seconds. */
  readonly ttls: readonly Share<number>[];
  readonly operations: readonly Share<RequestKind>[];
  /** Exponent of the keys' popularity; 0 for all alike, also where the table says that no fit was found. */
  readonly zipfAlpha: number;
}

/** How far a name may be from a known one, in edits, to be taken for a slip of the pen. */
const SLIP_EDITS = 3;

/**
 * Reads the whole table.
 * @throws Error that names the row and what is wrong with it
 */
export function parseProfiles(csv: string): Profile[] {
  const rows: Record<string, string>[] = parse(csv, { columns: true, skip_empty_lines: true, trim: true });
  return rows.map((row, index) => {
    try {
      return parseRow(row);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new Error(`profile table, data row ${index + 1} (${row.cluster ?? 'no name'}): ${reason}`);
    }
  });
}

/** The profile of that name in {@link PROFILE_TABLE}. @throws as {@link findProfile} */
export async function readProfile(name: string): Promise<Profile> {
  return findProfile(parseProfiles(await readFile(PROFILE_TABLE, 'utf8')), name);
}

/**
 * The profile of that name.
 * @throws UsageError that lists all names, and the likeliest one if the name looks misspelt
 */
export function findProfile(profiles: readonly Profile[], name: string): Profile {
  const found = profiles.find((profile) => profile.name === name);
  if (found !== undefined) return found;
  const names = profiles.map((profile) => profile.name);
  const meant = likelyName(name, names);
  throw new UsageError(
    `${name === '' ? 'no profile was named' : `there is no profile "${name}"`}` +
      `${meant === undefined ? '' : `; did you mean ${meant}?`}\nprofiles: ${names.join(', ')}`,
  );
}

function likelyName(name: string, names: readonly string[]): string | undefined {
  if (name === '') return undefined;
  const byNumber = `cluster${name}`;
  if (names.includes(byNumber)) return byNumber;
  const near = closest(name.toLowerCase(), names);
  return distance(name.toLowerCase(), near) <= SLIP_EDITS ? near : undefined;
}

function parseRow(row: Readonly<Record<string, string>>): Profile {
  const text = (column: string) => {
    const cell = row[column];
    if (cell === undefined || cell === '') throw new RangeError(`column ${column} is empty`);
    return cell;
  };
  const number = (column: string, min: number, max = Number.MAX_SAFE_INTEGER) => {
    const value = Number(text(column));
    if (!(value >= min && value <= max))
      throw new RangeError(`${column} is ${text(column)}, not ${min} to ${max}`);
    return value;
  };
  return {
    name: text('cluster'),
    keyBytes: number('key_bytes', 1),
    valueBytes: number('value_bytes', 1),
    requestsPerSecond: number('request_rate_kqps', 0) * 1000,
    requestsPerKey: number('mean_object_frequency', 1),
    oneHitShare: number('one_hit_wonder_percent', 0, 100) / 100,
    ttls: parseTtlMix(text('common_ttls')),
    operations: parseOperationMix(text('operations')),
    zipfAlpha: text('zipf_alpha') === 'NA' ? 0 : number('zipf_alpha', 0),
  };
}
