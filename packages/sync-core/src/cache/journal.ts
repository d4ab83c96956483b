import type { Mutation } from '../mutation.js';
import type { CacheKeys } from './keys.js';
import type { ScriptedRedis } from './scripts.js';

/** What all journals hold together. */
export interface JournalDepth {
  readonly entries: number;
  /** Entries of the fullest slot. */
  readonly fullest: number;
  /** Age of the oldest entry on Redis' clock, in milliseconds; 0 for none. */
  readonly oldestMs: number;
}

/**
 * The mutations that are not yet durable in MongoDB, a Redis stream per slot. An entry's life:
 *
 *   appended by the script that applies the mutation
 *     ─▶ removed once a shadow or an outbox event holds it (or a newer one of its key)
 *     ─▶ or, when it is older than `recoverAfterMs`, read by the projector, applied, and removed
 */
export class Journal {
  readonly #redis: ScriptedRedis;
  readonly #keys: CacheKeys;

  constructor(redis: ScriptedRedis, keys: CacheKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Removes the entries of these mutations, in one round trip. Removing one twice is harmless. */
  async remove(mutations: Iterable<Pick<Mutation, 'slot' | 'version'>>): Promise<void> {
    const bySlot = new Map<number, string[]>();
    for (const { slot, version } of mutations) {
      const ids = bySlot.get(slot);
      if (ids === undefined) bySlot.set(slot, [idOf(version)]);
      else ids.push(idOf(version));
    }
    const pipeline = this.#redis.pipeline();
    for (const [slot, ids] of bySlot) pipeline.xdel(this.#keys.journal(slot), ...ids);
    await all<number>(pipeline.exec());
  }

  /**
   * The slot's oldest entries that were appended before `before` (milliseconds since 1970, on Redis' clock), oldest
   * first.
   */
  async overdue(slot: number, before: number, limit: number): Promise<Mutation[]> {
    const entries = await this.#redis.xrange(this.#keys.journal(slot), '-', idBefore(before), 'COUNT', limit);
    return entries.map(([id, fields]) => fromEntry(slot, id, fields));
  }

  /** The slots that have an entry older than `before` (milliseconds since 1970). */
  async slotsOverdue(before: number): Promise<number[]> {
    const slots = Array.from({ length: this.#keys.slots }, (_, slot) => slot);
    const pipeline = this.#redis.pipeline();
    for (const slot of slots) pipeline.xrange(this.#keys.journal(slot), '-', idBefore(before), 'COUNT', 1);
    const oldest = await all<unknown[]>(pipeline.exec());
    return slots.filter((slot) => (oldest[slot] ?? []).length > 0);
  }

  /** The version of each slot's oldest entry; slots without entries are left out. */
  async oldest(): Promise<Map<number, number>> {
    const pipeline = this.#redis.pipeline();
    for (let slot = 0; slot < this.#keys.slots; slot++)
      pipeline.xrange(this.#keys.journal(slot), '-', '+', 'COUNT', 1);
    const first = await all<[id: string, fields: string[]][]>(pipeline.exec());
    return new Map(
      first.flatMap(([entry], slot) => (entry === undefined ? [] : [[slot, versionOf(entry[0])]])),
    );
  }

  /** How many entries all slots hold together. */
  async totalLength(): Promise<number> {
    const pipeline = this.#redis.pipeline();
    for (let slot = 0; slot < this.#keys.slots; slot++) pipeline.xlen(this.#keys.journal(slot));
    return (await all<number>(pipeline.exec())).reduce((sum, length) => sum + length, 0);
  }

  /** How much there is and how old it is; costs the same whatever the entries hold. */
  async depth(): Promise<JournalDepth> {
    const slots = Array.from({ length: this.#keys.slots }, (_, slot) => this.#keys.journal(slot));
    const [now, ...depths] = await Promise.all([
      this.now(),
      ...slots.map((journal) => this.#redis.hsJournalDepth(journal)),
    ]);
    const lengths = depths.map(([entries]) => entries);
    const ages = depths.flatMap(([, id]) => (id === '' ? [] : [now - versionOf(id) / 1000]));
    return {
      entries: lengths.reduce((sum, length) => sum + length, 0),
      fullest: Math.max(0, ...lengths),
      oldestMs: Math.max(0, ...ages),
    };
  }

  /** The time on Redis' clock, in milliseconds since 1970: the clock that entries are dated by. */
  async now(): Promise<number> {
    const [seconds, micros] = await this.#redis.time();
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }
}

function idOf(version: number): string {
  return `${version}-0`;
}

function versionOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

function idBefore(ms: number): string {
  return `(${Math.max(ms * 1000, 1)}-0`;
}

function fromEntry(slot: number, id: string, flat: string[]): Mutation {
  const fields = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  const text = (name: string) => fields.get(name) || undefined;
  const number = (name: string) => (text(name) === undefined ? undefined : Number(text(name)));
  const op = fields.get('op') === 'del' ? 'del' : 'set';
  return {
    key: fields.get('key') ?? '',
    slot,
    version: versionOf(id),
    op,
    value: op === 'set' ? (fields.get('value') ?? '') : undefined,
    expireAt: number('expireAt'),
    ttlSec: number('ttlSec'),
    sessionId: text('sessionId'),
    interactionId: text('interactionId'),
  };
}

/** All results of a pipeline. @throws the first command's error */
async function all<T>(exec: Promise<[Error | null, unknown][] | null>): Promise<T[]> {
  return ((await exec) ?? []).map(([error, result]) => {
    if (error !== null) throw error;
    return result as T;
  });
}
