import type { CachedPair } from '../cache/cached-pair.js';
import type { KeyJournal } from '../cache/key-journal.js';
import { slotOf } from '../cache/keys.js';
import type { PairReader } from '../cache/pair-reader.js';
import type { FallbackReason, SyncMethod } from '../mutation.js';
import type { EventHead, KeyEvents } from '../store/key-events.js';
import { eventVersion } from '../store/outbox-event.js';
import { isShadow, type ShadowDocument } from '../store/shadow-document.js';
import type { ShadowReader } from '../store/shadow-reader.js';

/** What a look at a key reads. */
export interface InspectedStores {
  readonly cache: Pick<PairReader, 'get' | 'slots'>;
  readonly shadows: Pick<ShadowReader, 'find'>;
  readonly keyJournal: Pick<KeyJournal, 'ofKey'>;
  readonly keyEvents: Pick<KeyEvents, 'ofKey'>;
}

/** Where a version was found; of an event also what became of it. */
export type VersionPlace = 'cache' | 'journal' | 'shadow' | 'waiting' | 'processed' | 'dead' | 'discarded';

/** One version of a key, as far as it is known yet. */
export interface KnownVersion {
  readonly version: number;
  readonly places: readonly VersionPlace[];
  readonly op?: 'set' | 'del' | undefined;
  /** How its shadow came by it. */
  readonly method?: SyncMethod | undefined;
  readonly fallbackReason?: FallbackReason | undefined;
  readonly sessionId?: string | undefined;
  readonly interactionId?: string | undefined;
  /** Milliseconds since 1970; absent for never. */
  readonly expireAt?: number | undefined;
  /** How often its event was tried and failed, and why the last time. */
  readonly attempts?: number | undefined;
  readonly lastError?: string | undefined;
}

/** All that is known of a key. */
export interface KeyHistory {
  readonly slot: number;
  readonly pair: CachedPair | undefined;
  readonly shadow: ShadowDocument | undefined;
  /** Whether what lies in the shadow's place is none. */
  readonly foreign: boolean;
  /** Newest first. */
  readonly versions: readonly KnownVersion[];
  /** Whether journal and outbox were looked through whole: else older versions may lie in them. */
  readonly complete: boolean;
}

/** Events of one key that are told, at most. */
const MOST_EVENTS = 50;

/** Gathers what both sides, journal and outbox hold of a key. @throws what the stores throw */
export async function keyHistory(stores: InspectedStores, key: string): Promise<KeyHistory> {
  const slot = slotOf(key, stores.cache.slots);
  const [pair, document, journal, outbox] = await Promise.all([
    stores.cache.get(key),
    stores.shadows.find(key),
    stores.keyJournal.ofKey(key),
    stores.keyEvents.ofKey(slot, key, MOST_EVENTS),
  ]);
  const shadow = document !== null && isShadow(document) ? document : undefined;
  const found: KnownVersion[] = [
    ...(shadow === undefined ? [] : [ofShadow(shadow)]),
    ...outbox.events.map(ofEvent),
    ...journal.entries.map(({ version, op, expireAt, sessionId, interactionId }) => ({
      ...{ version, op, expireAt, sessionId, interactionId },
      places: ['journal'] as const,
    })),
    ...(pair === undefined ? [] : [ofPair(pair)]),
  ];
  const complete = journal.complete && outbox.complete;
  return {
    slot,
    pair,
    shadow,
    foreign: document !== null && shadow === undefined,
    versions: merged(found),
    complete,
  };
}

function ofPair({ version, expireAt }: CachedPair): KnownVersion {
  return { version, places: ['cache'], op: 'set', expireAt };
}

function ofShadow({ version, deleted, metadata, expireAt, ...origin }: ShadowDocument): KnownVersion {
  return {
    version: Number(version),
    places: ['shadow'],
    op: deleted === true ? 'del' : 'set',
    method: metadata?.syncMethod,
    fallbackReason: metadata?.fallbackReason,
    sessionId: origin.sessionId,
    interactionId: origin.interactionId,
    expireAt: expireAt?.getTime(),
  };
}

function ofEvent({
  dead,
  discarded,
  processed,
  payload,
  attempts,
  lastError,
  ...event
}: EventHead): KnownVersion {
  const place = dead ? 'dead' : discarded ? 'discarded' : processed ? 'processed' : 'waiting';
  return {
    version: eventVersion(event),
    places: [place],
    op: payload.op,
    fallbackReason: payload.fallbackReason ?? undefined,
    sessionId: payload.sessionId ?? undefined,
    interactionId: payload.interactionId ?? undefined,
    // What is no date made a dead letter of it.
    expireAt: payload.expireAt instanceof Date ? payload.expireAt.getTime() : undefined,
    attempts,
    lastError,
  };
}

/** One entry for each version; what the first one found does not say, a later one may. */
function merged(found: readonly KnownVersion[]): KnownVersion[] {
  const versions = new Map<number, KnownVersion>();
  // What a damaged event says for its version is none.
  for (const each of found.filter(({ version }) => !Number.isNaN(version))) {
    const other = versions.get(each.version);
    if (other === undefined) versions.set(each.version, each);
    else {
      const said = Object.entries(other).filter(([, value]) => value !== undefined);
      versions.set(each.version, {
        ...each,
        ...Object.fromEntries(said),
        version: each.version,
        places: [...other.places, ...each.places],
      });
    }
  }
  return [...versions.values()].sort((a, b) => b.version - a.version);
}
