import type { CacheConnection } from '../redis/cache-connection.js';
import { versionOf } from './journal-entry.js';
import type { CacheKeys } from './keys.js';

/** What a slot's journal says of itself: how much it holds, and how old its oldest entry is. */
export interface JournalHead {
  /** The time on Redis' clock, in milliseconds since 1970. */
  readonly now: number;
  readonly entries: number;
  /** The id of the oldest entry; empty for none. */
  readonly id: string;
  /** When it was appended, as far as it says so itself, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** How far the last version that was given is ahead of Redis' clock, in milliseconds. */
  readonly leadMs: number;
  /** Bytes of Redis' memory that the journal takes; 0 where that was not asked for. */
  readonly bytes: number;
}

/** An entry that is this far ahead of the time does not tell by its id when it was appended, in milliseconds. */
const LEAD_MS = 1000;

/** Asks for the head of a slot's journal. `inBytes`: whether in bytes, too, which takes Redis longer the more there is. */
export async function journalHead(
  redis: CacheConnection,
  keys: CacheKeys,
  slot: number,
  { inBytes }: { readonly inBytes: boolean } = { inBytes: false },
): Promise<JournalHead> {
  const journal = keys.journal(slot);
  const [now, entries, id, at, leadMs, bytes] = await redis
    .at(journal)
    .hsJournalDepth(journal, keys.clock(slot), inBytes ? '1' : '0');
  return { now, entries, id, at: at === '' ? undefined : Number(at), leadMs, bytes };
}

/** How old a slot's oldest entry is, in milliseconds; 0 where there is none, undefined where nothing tells. */
export function headAge({ id, at, now }: JournalHead): number | undefined {
  if (id === '') return 0;
  const since = at ?? versionOf(id) / 1000;
  return since > now + LEAD_MS ? undefined : now - since;
}
