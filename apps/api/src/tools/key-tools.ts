import {
  type BrowseOptions,
  browse,
  type KnownVersion,
  keyHistory,
  type ListedKey,
} from '@hybrid-sync/sync-core/reconcile';
import { type ToolResult, toolContract } from '@hybrid-sync/tool-contract';
import type { z } from 'zod';
import { firstThatFit } from './answer-size.js';
import type { ToolHandlers } from './tool.js';
import { typedValueIn } from './typed-value.js';

/** Bytes of each value that a list shows. */
const LISTED_BYTES = 160;
/** Characters of a value that are shown where one key is. */
const SHOWN_CHARACTERS = 4096;

/** No date is further from 1970, in milliseconds. */
const MAX_DATE_MS = 8.64e15;

type Shown = ToolResult<'hybrid_sync_key'>;
type Listed = ToolResult<'hybrid_sync_keys'>['keys'][number];

/** What an answer tells of a copy, and of a version. */
const { shadow: COPY, versions: VERSIONS } = toolContract().hybrid_sync_key.output.shape;
const COPY_FIELDS = COPY.unwrap().shape;
const VERSION_FIELDS = VERSIONS.element.shape;

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
    ...present(COPY_FIELDS, {
      method: metadata?.syncMethod,
      fallbackReason: metadata?.fallbackReason,
      writtenAt: timeOf(lastWriteAt),
      expireAt: timeOf(expireAt),
      sessionId,
      interactionId,
    }),
  };
}

function versionOf(known: KnownVersion): Shown['versions'][number] {
  const { version, places, expireAt, lastError, ...others } = known;
  return {
    version,
    places: [...places],
    at: new Date(Math.floor(version / 1000)).toISOString(),
    ...present(VERSION_FIELDS, { ...others, expireAt: timeOf(expireAt), reason: lastError }),
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

const expiry = (ms: number | undefined) => present(COPY_FIELDS, { expireAt: timeOf(ms) });

/** A moment in words; undefined for what is none. */
function timeOf(moment: unknown): string | undefined {
  const ms = moment instanceof Date ? moment.getTime() : Number(moment ?? Number.NaN);
  return Math.abs(ms) <= MAX_DATE_MS ? new Date(ms).toISOString() : undefined;
}

/** Only the fields that are there, and that an answer may hold: others may have written to the stores. */
function present<Fields extends object>(
  shape: Readonly<Record<keyof Fields & string, z.ZodType>>,
  fields: Fields,
): { [Name in keyof Fields]?: NonNullable<Fields[Name]> } {
  const holds = ([name, value]: [string, unknown]) =>
    value !== undefined && shape[name as keyof Fields & string].safeParse(value).success;
  return Object.fromEntries(Object.entries(fields).filter(holds)) as never;
}
