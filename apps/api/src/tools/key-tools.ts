import {
  type BrowseOptions,
  browse,
  type KnownVersion,
  keyHistory,
  type ListedKey,
} from '@hybrid-sync/sync-core/reconcile';
import type { ToolResult } from '@hybrid-sync/tool-contract';
import { firstThatFit } from './answer-size.js';
import type { ToolHandlers } from './tool.js';
import { typedValueIn } from './typed-value.js';

/** Bytes of each value that a list shows. */
const LISTED_BYTES = 160;
/** Characters of a value that are shown where one key is. */
const SHOWN_CHARACTERS = 4096;

type Shown = ToolResult<'hybrid_sync_key'>;
type Listed = ToolResult<'hybrid_sync_keys'>['keys'][number];

/** The tools that look at keys on both sides. */
export const keyHandlers: ToolHandlers<'hybrid_sync_keys' | 'hybrid_sync_key'> = {
  hybrid_sync_keys: async ({ side, prefix, cursor, limit }, pod) => {
    const page = await browse(pod.stores, {
      ...{ side, prefix, limit, cursor: cursor ?? undefined },
      previewBytes: LISTED_BYTES,
    } satisfies BrowseOptions);
    const now = Date.now();
    const keys = page.keys.map((listed) => shownOf(listed, now));
    const fitting = firstThatFit(keys);
    // The cache's cursor leads behind the whole page; the shadow store's is a key.
    const cut = side === 'shadow' && fitting.length < keys.length;
    return {
      keys: cut ? fitting : keys,
      cursor: (cut ? fitting.at(-1)?.key : page.cursor) ?? null,
      timestamp: new Date(now).toISOString(),
    };
  },

  hybrid_sync_key: async ({ key, whole }, pod) => {
    const { slot, pair, shadow, foreign, versions, complete } = await keyHistory(pod.stores, key);
    const now = Date.now();
    const value = shadow?.deleted === true ? undefined : (shadow?.lastValue ?? undefined);
    return {
      key,
      slot,
      cache: pair === undefined ? null : { ...valueHead(pair.value, whole), ...pairOf(pair) },
      shadow:
        shadow === undefined
          ? null
          : { ...(value === undefined ? {} : valueHead(value, whole)), ...copyOf(shadow, now) },
      foreign,
      versions: versions.map(versionOf),
      complete,
      timestamp: new Date(now).toISOString(),
    };
  },
};

function shownOf({ key, pair, shadow }: ListedKey, now: number): Listed {
  return {
    key,
    cache:
      pair === undefined
        ? null
        : { ...preview(pair.preview), bytes: pair.bytes, cut: pair.cut, ...pairOf(pair) },
    shadow: shadow === undefined ? null : copyOf(shadow, now),
  };
}

function pairOf({ version, expireAt }: { readonly version: number; readonly expireAt?: number | undefined }) {
  return { version, ...expiry(expireAt) };
}

function copyOf(shadow: NonNullable<ListedKey['shadow']>, now: number): NonNullable<Listed['shadow']> {
  const { version, deleted, expireAt, lastWriteAt, metadata, sessionId, interactionId } = shadow;
  const expired = expireAt !== undefined && expireAt.getTime() <= now;
  return {
    version: Number(version),
    state: deleted === true ? 'deleted' : expired ? 'expired' : 'present',
    ...present({
      method: metadata?.syncMethod,
      fallbackReason: metadata?.fallbackReason,
      writtenAt: lastWriteAt instanceof Date ? lastWriteAt.toISOString() : undefined,
      sessionId,
      interactionId,
    }),
    ...expiry(expireAt?.getTime()),
  };
}

function versionOf(known: KnownVersion): Shown['versions'][number] {
  const { version, places, op, method, fallbackReason, sessionId, interactionId } = known;
  return {
    version,
    places: [...places],
    at: new Date(Math.floor(version / 1000)).toISOString(),
    ...present({ op, method, fallbackReason, sessionId, interactionId }),
    ...expiry(known.expireAt),
    ...present({ attempts: known.attempts, reason: known.lastError }),
  };
}

/** The beginning of a value that is at hand, and how long it is. */
function valueHead(kept: string, whole: boolean) {
  const start = whole ? kept : kept.slice(0, SHOWN_CHARACTERS);
  const cut = start.length < kept.length;
  // The cut may go through a character.
  const text = cut && !start.isWellFormed() ? start.slice(0, -1) : start;
  return { bytes: Buffer.byteLength(kept), cut, ...preview(text) };
}

/** What the beginning of a kept text is the beginning of. */
function preview(kept: string) {
  const { value, ...type } = typedValueIn(kept);
  return { preview: value, ...type };
}

const expiry = (ms: number | undefined) => (ms === undefined ? {} : { expireAt: new Date(ms).toISOString() });

/** Only the fields that are there. */
function present<Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never;
}
