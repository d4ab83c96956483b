import type { CollectionInfo, Db, Document, IndexDescriptionInfo } from 'mongodb';
import { type DataCollection, harmfulIndex, listIndexes, type OwnIndex, serves } from './indexes.js';
import { calledByName } from './refusals.js';

/** What is known of one collection that has a name of ours. */
export interface FoundCollection {
  readonly name: DataCollection;
  readonly type: string;
  readonly options: Document;
  readonly indexes: readonly IndexDescriptionInfo[];
  /** Some of its documents. */
  readonly sample: () => Promise<Document[]>;
}

/** Documents that are looked at from each end of a collection, and at random. */
const SAMPLE = 100;
/** What tells our documents, without values. */
const TELLING_FIELDS = {
  slot: 1,
  version: 1,
  'metadata.syncMethod': 1,
  type: 1,
  processed: 1,
  'payload.key': 1,
} as const;
/** Options of a collection under which documents go, or keys that differ count as the same. */
const UNUSABLE_OPTIONS = ['capped', 'collation', 'timeseries'];

/** The key of a document that has the shape of ours; undefined for one of another shape. */
export function keyOf(collection: DataCollection, document: Document): string | undefined {
  const { _id, slot, version } = document;
  const numbered = Number.isSafeInteger(slot) && Number.isFinite(Number(version ?? Number.NaN));
  if (typeof _id !== 'string' || !numbered) return undefined;
  if (collection === 'kv_shadow') {
    return typeof document.metadata?.syncMethod === 'string' ? _id : undefined;
  }
  const key: unknown = document.payload?.key;
  const isEvent =
    document.type === 'KVMutated' && typeof document.processed === 'boolean' && _id === `${slot}-${version}`;
  return isEvent && typeof key === 'string' ? key : undefined;
}

/**
 * What speaks against a collection being ours, in words; undefined for nothing.
 *
 * - Claimed (the database is known to be ours): no view, and no index that removes or refuses what is ours. A collection
 *   that was dropped comes back with our documents alone, or empty; if none of its documents is ours, it is someone
 *   else's.
 * - Not claimed, so ours only if version 0.1.0 made it: that one made its indexes before it wrote, so an empty
 *   collection has them; and every document has our shape.
 */
export async function foreignIn(
  { name, type, options, indexes, sample }: FoundCollection,
  own: readonly OwnIndex[],
  claimed: boolean,
): Promise<string | undefined> {
  if (type !== 'collection') return `${name} is a ${type}`;
  const unusable = UNUSABLE_OPTIONS.find(
    (option) => options[option] !== undefined && options[option] !== false,
  );
  if (unusable !== undefined) return `${name} has the option ${unusable}`;
  const harmful = harmfulIndex(indexes, own);
  if (harmful !== undefined) {
    return `${name} has the index ${harmful.name}, which ${harmful.unique ? 'is unique' : 'removes documents'} and is not this service's`;
  }
  const hasOurs = indexes.some((index) =>
    own.some((each) => serves(index, each) && index.name === each.name),
  );
  if (claimed && hasOurs) return undefined;
  const documents = await sample();
  const foreign = documents.filter((document) => keyOf(name, document) === undefined).length;
  if (claimed) {
    return documents.length > 0 && foreign === documents.length
      ? `${name} holds documents that are not this service's`
      : undefined;
  }
  if (foreign > 0) return `${name} holds documents that are not this service's`;
  return documents.length === 0 && !hasOurs
    ? `${name} is empty, and has no index of this service: another application may have made it`
    : undefined;
}

/** The collections of these names that there are. */
export async function collectionsNamed(db: Db, names: readonly string[]): Promise<CollectionInfo[]> {
  const found = await calledByName('listCollections', () =>
    db.listCollections({ name: { $in: [...names] } }, { nameOnly: false }).toArray(),
  );
  return found as CollectionInfo[];
}

/** Looks at one collection. */
export async function found(db: Db, info: CollectionInfo): Promise<FoundCollection> {
  const name = info.name as DataCollection;
  const isCollection = (info.type ?? 'collection') === 'collection';
  return {
    name,
    type: info.type ?? 'collection',
    options: info.options ?? {},
    indexes: isCollection ? await listIndexes(db, name) : [],
    sample: () => sampleOf(db, name),
  };
}

/** Its first documents, its last, and some in between: a whole look could take hours. */
async function sampleOf(db: Db, name: DataCollection): Promise<Document[]> {
  const ends = ([1, -1] as const).map((order) =>
    db.collection(name).find({}, { projection: TELLING_FIELDS }).sort({ _id: order }).limit(SAMPLE).toArray(),
  );
  const between = db
    .collection(name)
    .aggregate([{ $sample: { size: SAMPLE } }, { $project: TELLING_FIELDS }])
    .toArray();
  return (await Promise.all([...ends, between])).flat();
}
