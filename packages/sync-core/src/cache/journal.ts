import { FirstSeen } from '../first-seen.js';
import type { StoreCalls } from '../metrics/store-calls.js';
import type { Mutation } from '../mutation.js';
import { byServer, type CacheConnection } from '../redis/cache-connection.js';
import { redisCalls } from '../redis/redis-calls.js';
import type { ForeignRecords } from './foreign-records.js';
import { entryOf, versionOf } from './journal-entry.js';
import { headAge, type JournalHead, journalHead } from './journal-head.js';
import type { CacheKeys } from './keys.js';
import { OverdueLooks } from './overdue-looks.js';

/** What all journals hold together. */
export interface JournalDepth {
  readonly entries: number;
  /** Entries of the fullest slot. */
  readonly fullest: number;
  /** Bytes of Redis' memory that the largest slot's journal takes. */
  readonly largest: number;
  /** Age of the oldest entry on Redis' clock, in milliseconds; 0 for none. */
  readonly oldestMs: number;
  /** For how long the oldest entry has been the same one, in the slot where that is longest, in milliseconds; 0 for none. */
  readonly sameHeadMs: number;
  /** How far the last version that was given is ahead of Redis' clock, in the slot where it is furthest; in milliseconds. */
  readonly clockLeadMs: number;
}

/** Bytes of entries that are read at once unless the reader asks for fewer; a larger entry is read alone. */
export const JOURNAL_PAGE_BYTES = 8 * 1024 * 1024;

/** Which overdue entries are read. */
export interface OverdueBounds {
  /** Those behind this version only; from the oldest one on unless given. */
  readonly after?: number;
  /** No further one is read once they hold this many bytes together; {@link JOURNAL_PAGE_BYTES} unless given. */
  readonly bytes?: number;
}

/**
 * The mutations that are not yet durable in MongoDB, a Redis stream per slot. An entry's life:
 *
 *   appended by the script that applies the mutation
 *     ─▶ removed once a shadow or an outbox event holds it (or a newer one of its key)
 *     ─▶ or, when it is older than `recoverAfterMs`, read by the projector, applied, and removed
 */
export class Journal {
  readonly #redis: CacheConnection;
  readonly #keys: CacheKeys;
  readonly #foreign: ForeignRecords | undefined;
  readonly #calls: StoreCalls;
  /** Since when {@link depth} has seen the same oldest entry, by the process' own clock. */
  readonly #firstSeen = new FirstSeen();
  readonly #looks = new OverdueLooks();

  constructor(
    redis: CacheConnection,
    keys: CacheKeys,
    foreign?: ForeignRecords,
    calls = redisCalls('journal'),
  ) {
    this.#calls = calls;
    this.#redis = redis;
    this.#keys = keys;
    this.#foreign = foreign;
  }

  /** Removes the entries of these mutations, in one round trip. Removing one twice is harmless. */
  async remove(mutations: Iterable<Pick<Mutation, 'slot' | 'version'>>): Promise<void> {
    const bySlot = new Map<number, string[]>();
    for (const { slot, version } of mutations) {
      const ids = bySlot.get(slot);
      if (ids === undefined) bySlot.set(slot, [idOf(version)]);
      else ids.push(idOf(version));
    }
    const remove = async () => {
      const servers = byServer(this.#redis, bySlot, ([slot]) => this.#keys.journal(slot));
      await Promise.all(
        Array.from(servers, ([server, slots]) => {
          const pipeline = server.pipeline();
          for (const [slot, ids] of slots) pipeline.xdel(this.#keys.journal(slot), ...ids);
          return all<number>(pipeline.exec());
        }),
      );
    };
    await this.#calls.ask('removing journal entries', remove, 'remove');
  }

  /**
   * The slot's oldest entries that were appended before `before` (milliseconds since 1970, on Redis' clock), oldest
   * first: `limit` at most. Where none comes, there is none.
   * An entry that is ahead of the time and does not say when it was appended counts as old. What is no entry of ours is
   * removed, since nothing could ever be done with it.
   */
  async overdue(
    slot: number,
    before: number,
    limit: number,
    { after = 0, bytes = JOURNAL_PAGE_BYTES }: OverdueBounds = {},
  ): Promise<Mutation[]> {
    const journal = this.#keys.journal(slot);
    const read = async () => {
      for (;;) {
        const page = await this.#redis
          .at(journal)
          .hsOverdue(journal, Math.floor(before), limit, bytes, after);
        const entries = page.map(([id, fields]) => ({ id, mutation: entryOf(slot, id, fields) }));
        const foreign = entries.filter(({ mutation }) => mutation === undefined).map(({ id }) => id);
        if (foreign.length > 0) {
          for (const id of foreign) this.#foreign?.found('journal', `${journal} ${id}`, 'no mutation');
          await this.#redis.at(journal).xdel(journal, ...foreign);
        }
        const mutations = entries.flatMap(({ mutation }) => mutation ?? []);
        if (mutations.length > 0 || page.length === 0) return mutations;
      }
    };
    return this.#calls.ask('reading the journal', read, 'overdue');
  }

  /** The mutations of these entries, in their order; undefined where there is none of ours. */
  async find(entries: readonly Pick<Mutation, 'slot' | 'version'>[]): Promise<(Mutation | undefined)[]> {
    const read = async ({ slot, version }: Pick<Mutation, 'slot' | 'version'>) => {
      const journal = this.#keys.journal(slot);
      const [entry] = await this.#redis.at(journal).xrange(journal, idOf(version), idOf(version));
      return entry && entryOf(slot, ...entry);
    };
    return this.#calls.ask('finding journal entries', () => Promise.all(entries.map(read)), 'find');
  }

  /**
   * The slots that have an entry older than this, in milliseconds (see {@link overdue}), each with the version of its
   * oldest; one that can't have such yet, by what was seen of it, is not asked. Of a cluster those are left out whose server does not answer, unless none does.
   */
  async slotsOverdue(olderThanMs: number): Promise<Map<number, number>> {
    const heads = await this.#calls.ask(
      'looking for overdue entries',
      () => this.#headsSeen(olderThanMs),
      'slotsOverdue',
    );
    const overdue = [...heads].filter(([, head]) => {
      const ageMs = headAge(head);
      return head.id !== '' && (ageMs === undefined || ageMs > olderThanMs);
    });
    return new Map(overdue.map(([slot, { id }]) => [slot, versionOf(id)]));
  }

  /** The version of each slot's oldest entry; slots without entries are left out. */
  async oldest(): Promise<Map<number, number>> {
    const heads = await this.#calls.ask('looking at the journals', () => this.#heads());
    return new Map([...heads].flatMap(([slot, { id }]) => (id === '' ? [] : [[slot, versionOf(id)]])));
  }

  /** How many entries all slots hold together. */
  async totalLength(): Promise<number> {
    const journals = Array.from({ length: this.#keys.slots }, (_, slot) => this.#keys.journal(slot));
    const lengths = await this.#calls.ask('measuring the journals', () =>
      Promise.all(journals.map(async (journal) => this.#redis.at(journal).xlen(journal))),
    );
    return lengths.reduce((sum, length) => sum + length, 0);
  }

  /**
   * How much there is and how old it is. `inBytes`: whether in bytes, too, which takes Redis longer the more there is;
   * else `largest` is 0.
   */
  async depth({ inBytes = true }: { readonly inBytes?: boolean } = {}): Promise<JournalDepth> {
    const heads = await this.#calls.ask('measuring the journals', () => this.#heads({ inBytes }), 'depth');
    const lengths = [...heads.values()].map(({ entries }) => entries);
    const oldest = [...heads].filter(([, { id }]) => id !== '');
    const now = performance.now();
    const firstSeen = this.#firstSeen.after(
      oldest.map(([slot, { id }]) => [slot, id]),
      now,
    );
    // As old as it was seen for the first time, where nothing else tells.
    const ages = oldest.map(([slot, head]) => headAge(head) ?? now - (firstSeen.get(slot) ?? now));
    return {
      entries: lengths.reduce((sum, length) => sum + length, 0),
      fullest: Math.max(0, ...lengths),
      largest: Math.max(0, ...[...heads.values()].map(({ bytes }) => bytes)),
      oldestMs: Math.max(0, ...ages),
      sameHeadMs: now - Math.min(now, ...firstSeen.values()),
      clockLeadMs: Math.max(0, ...[...heads.values()].map(({ leadMs }) => leadMs)),
    };
  }

  /**
   * The time on Redis' clock, in milliseconds since 1970: the clock that a slot's entries are dated by. Each server of a
   * cluster has its own.
   */
  async now(slot: number): Promise<number> {
    const [seconds, micros] = await this.#calls.ask("asking for Redis' time", () =>
      this.#redis.at(this.#keys.clock(slot)).time(),
    );
    return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000);
  }

  async #heads(measured?: { readonly inBytes: boolean }): Promise<Map<number, JournalHead>> {
    const heads = await Promise.all(this.#slots.map((slot) => this.#head(slot, measured)));
    return new Map(heads.entries());
  }

  /** Those of the slots that may have something so old, whose server answers. @throws where none does */
  async #headsSeen(olderThanMs: number): Promise<Map<number, JournalHead>> {
    const askedAt = performance.now();
    const slots = this.#looks.due(this.#slots, olderThanMs);
    const heads = await Promise.allSettled(slots.map((slot) => this.#head(slot)));
    const [first] = heads;
    if (first?.status === 'rejected' && heads.every(({ status }) => status === 'rejected'))
      throw first.reason;
    const seen = heads.flatMap((head, at) =>
      head.status === 'fulfilled' ? [[slots[at] ?? 0, head.value] as const] : [],
    );
    for (const [slot, head] of seen) this.#looks.saw(slot, askedAt, headAge(head));
    return new Map(seen);
  }

  get #slots(): readonly number[] {
    return Array.from({ length: this.#keys.slots }, (_, slot) => slot);
  }

  #head(slot: number, measured?: { readonly inBytes: boolean }): Promise<JournalHead> {
    return journalHead(this.#redis, this.#keys, slot, measured);
  }
}

function idOf(version: number): string {
  return `${version}-0`;
}

/** All results of a pipeline. @throws the first command's error */
async function all<T>(exec: Promise<[Error | null, unknown][] | null>): Promise<T[]> {
  return ((await exec) ?? []).map(([error, result]) => {
    if (error !== null) throw error;
    return result as T;
  });
}
