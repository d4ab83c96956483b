import type { Db, IndexDescriptionInfo } from 'mongodb';
import { IndexConflictError } from '../permanent-errors.js';
import { calledByName } from './refusals.js';

/** The collections of the shadows and of the events. */
export type DataCollection = 'kv_shadow' | 'outbox';

/** An index that the service needs. */
export interface OwnIndex {
  readonly collection: DataCollection;
  readonly name: string;
  readonly key: Readonly<Record<string, 1>>;
  readonly partialFilterExpression?: Readonly<Record<string, boolean>>;
  readonly expireAfterSeconds?: number;
}

/** Every index that the service needs; `retentionMs`: of processed events. */
export function ownIndexes(retentionMs: number): OwnIndex[] {
  return [
    { collection: 'kv_shadow', name: 'purge', key: { purgeAt: 1 }, expireAfterSeconds: 0 },
    {
      collection: 'outbox',
      name: 'waiting_in_slot',
      // The slot leads, so that a drain reads its own part of the index: DocumentDB narrows no search by what the index's own
      // filter says (decision 35). The filter's fields end it, so that counting and finding slots read the index alone.
      key: { slot: 1, version: 1, processed: 1, dead: 1 },
      partialFilterExpression: { processed: false, dead: false },
    },
    {
      collection: 'outbox',
      name: 'dead_letters',
      key: { dead: 1, _id: 1 },
      partialFilterExpression: { dead: true },
    },
    {
      collection: 'outbox',
      name: 'retention',
      key: { processedAt: 1 },
      expireAfterSeconds: Math.ceil(retentionMs / 1000),
    },
  ];
}

/** The indexes of a collection; none where there is no such collection. */
export async function listIndexes(db: Db, collection: string): Promise<IndexDescriptionInfo[]> {
  return calledByName(`listIndexes of ${collection}`, async () => {
    try {
      return await db.collection(collection).listIndexes().toArray();
    } catch (error) {
      if ((error as { code?: unknown }).code === NAMESPACE_NOT_FOUND) return [];
      throw error;
    }
  });
}
const NAMESPACE_NOT_FOUND = 26;

/** Whether an index that is there does what one of ours has to; what it is called does not matter. */
export function serves(found: IndexDescriptionInfo, own: OwnIndex): boolean {
  return (
    sameShape(found, own) &&
    (found.expireAfterSeconds === undefined) === (own.expireAfterSeconds === undefined) &&
    found.unique !== true
  );
}

/** An index of someone else that removes our documents, or refuses them; undefined for none. */
export function harmfulIndex(
  found: readonly IndexDescriptionInfo[],
  own: readonly OwnIndex[],
): IndexDescriptionInfo | undefined {
  return found.find(
    (index) =>
      index.name !== '_id_' &&
      (index.unique === true || index.expireAfterSeconds !== undefined) &&
      !own.some((each) => serves(index, each)),
  );
}

/** Which indexes a collection is to have. */
export interface IndexTerms {
  readonly own: readonly OwnIndex[];
  /** Those that it has. */
  readonly found: readonly IndexDescriptionInfo[];
  /** Whether an expiry that differs is changed to ours. */
  readonly follow: boolean;
}

/**
 * Makes the indexes that are missing in one collection; asks for none that is there, so that a user needs no right to make
 * what someone else has made.
 * @returns the names of those made
 * @throws IndexConflictError, RefusedByServiceError
 */
export async function ensureIndexes(
  db: Db,
  collection: DataCollection,
  { own, found, follow }: IndexTerms,
): Promise<string[]> {
  const missing: OwnIndex[] = [];
  for (const index of own) {
    const serving = found.find((each) => serves(each, index));
    if (serving === undefined) missing.push(index);
    else if (follow && serving.expireAfterSeconds !== index.expireAfterSeconds) {
      const change = { name: serving.name, expireAfterSeconds: index.expireAfterSeconds };
      await calledByName(`collMod of ${collection}`, () =>
        db.command({ collMod: collection, index: change }),
      );
    }
  }
  const taken = missing.find(({ name }) => found.some((each) => each.name === name));
  if (taken !== undefined) throw new IndexConflictError(collection, taken.name);
  if (missing.length > 0) {
    const indexes = missing.map(({ collection: _, ...index }) => index);
    const names = missing.map(({ name }) => name).join(', ');
    await calledByName(`createIndexes of ${collection} (${names})`, () =>
      db.collection(collection).createIndexes(indexes),
    );
  }
  return missing.map(({ name }) => name);
}

function sameShape(found: IndexDescriptionInfo, own: OwnIndex): boolean {
  const key = found.key instanceof Map ? Object.fromEntries(found.key) : found.key;
  // The order of an index' fields is part of what it is; that of its filter's is not.
  return (
    JSON.stringify(Object.entries(key).map(([field, order]) => [field, Number(order)])) ===
      JSON.stringify(Object.entries(own.key)) &&
    sorted(found.partialFilterExpression) === sorted(own.partialFilterExpression)
  );
}

function sorted(filter: object | undefined): string {
  return JSON.stringify(Object.entries(filter ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)));
}
