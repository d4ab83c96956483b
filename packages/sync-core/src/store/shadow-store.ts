import {
  type AnyBulkWriteOperation,
  type Collection,
  type Long,
  MongoBulkWriteError,
  type WriteError,
} from 'mongodb';
import { newestPerKey, type RoutedMutation, type SyncMethod } from '../mutation.js';
import { type ShadowDocument, shadowOf } from './shadow-document.js';

/** What became of the mutations given to {@link ShadowStore.apply}. */
export interface ApplyResult {
  /** Mutations that are now the state of their shadow. */
  readonly applied: number;
  /** Mutations that came too late: the shadow already had their version or a newer one. */
  readonly stale: number;
  /** Mutations that were not written, since a newer one of their key was among those given. */
  readonly coalesced: number;
  /** Keys whose mutation the store refused, and why. All others are in the shadow, in this version or a newer one. */
  readonly failed: ReadonlyMap<string, string>;
}

/** What a comparison needs of a shadow, and what a pair is restored from. */
export type ShadowSummary = Pick<
  ShadowDocument,
  '_id' | 'slot' | 'lastValue' | 'version' | 'expireAt' | 'deleted' | 'purgeAt'
>;
const COMPARED_FIELDS = { slot: 1, lastValue: 1, version: 1, expireAt: 1, deleted: 1, purgeAt: 1 } as const;

/** See {@link ShadowStore.page}. */
export interface ShadowPage {
  readonly shadows: readonly ShadowSummary[];
  readonly after: string | undefined;
}

/** See {@link ShadowStore.highestVersions}. */
export interface HighestVersions {
  readonly versions: ReadonlyMap<number, number>;
  /** How many shadows were looked at. */
  readonly shadows: number;
  readonly after: string | undefined;
}

const DUPLICATE_KEY = 11_000;

/**
 * The MongoDB side: one shadow per key. The only code that writes shadows; a shadow's version only rises, whatever
 * comes late or twice.
 */
export class ShadowStore {
  readonly #shadows: Collection<ShadowDocument>;
  readonly #purgeGraceMs: number;

  constructor(shadows: Collection<ShadowDocument>, purgeGraceMs: number) {
    this.#shadows = shadows;
    this.#purgeGraceMs = purgeGraceMs;
  }

  /**
   * Brings mutations to their shadows in one bulk write: each one replaces a shadow of a lower version or becomes the
   * key's first shadow. Of several mutations of a key only the newest is written. One that the store refuses fails
   * alone.
   * @throws whatever the driver throws when the store took none of them or can't say
   */
  async apply(writes: readonly RoutedMutation[], method: SyncMethod): Promise<ApplyResult> {
    const newest = newestPerKey(writes);
    const now = Date.now();
    const documents = newest.map((write) => shadowOf(write, method, now, this.#purgeGraceMs));
    const first = await this.#write(documents, true);
    // The filter asks for a lower version, so a key whose shadow is as new or newer looks absent to the upsert, whose
    // insert then fails. So does one whose shadow another writer inserted in the same moment: only a second look,
    // without upsert, tells them apart.
    const duplicates = first.errors
      .filter((error) => error.code === DUPLICATE_KEY)
      .map((error) => documents[error.index]);
    const refused = first.errors.filter((error) => error.code !== DUPLICATE_KEY);
    const again = duplicates.filter((document) => document !== undefined);
    const second = again.length === 0 ? { written: 0, errors: [] } : await this.#write(again, false);
    const failed = new Map<string, string>();
    for (const error of refused) failed.set(documents[error.index]?._id ?? '', refusalOf(error));
    for (const error of second.errors) failed.set(again[error.index]?._id ?? '', refusalOf(error));
    const applied = first.written + second.written;
    return {
      applied,
      stale: newest.length - applied - failed.size,
      coalesced: writes.length - newest.length,
      failed,
    };
  }

  /** The shadow of a key, tombstones and expired ones included. */
  async find(key: string): Promise<ShadowDocument | null> {
    return this.#shadows.findOne({ _id: key });
  }

  /** The shadows of these keys, in no order, tombstones and expired ones included. */
  async findMany(keys: readonly string[]): Promise<ShadowDocument[]> {
    return this.#shadows.find({ _id: { $in: [...keys] } }).toArray();
  }

  /** The versions of these keys' shadows, tombstones and expired ones included; a key without a shadow is missing. */
  async versionsOf(keys: readonly string[]): Promise<Map<string, number>> {
    const found = await this.#shadows
      .find({ _id: { $in: [...new Set(keys)] } })
      .project<Pick<ShadowDocument, '_id' | 'version'>>({ version: 1 })
      .toArray();
    return new Map(found.map(({ _id, version }) => [_id, Number(version)]));
  }

  /**
   * A page of the shadows whose keys start with `prefix`, tombstones and expired ones included, in the order of the
   * keys, from the first one behind `after` on. It holds what one message of MongoDB does (16 MiB), or a single larger
   * one; `after` is where the next page starts, undefined when this was the last one.
   */
  async page(prefix: string, after: string | undefined, limit: number): Promise<ShadowPage> {
    const cursor = this.#shadows
      .find(after === undefined ? { _id: { $gte: prefix } } : { _id: { $gt: after } }, {
        projection: COMPARED_FIELDS,
      })
      .sort({ _id: 1 })
      .limit(limit)
      .batchSize(limit);
    try {
      const found: ShadowSummary[] = (await cursor.hasNext()) ? cursor.readBufferedDocuments() : [];
      const shadows = found.filter(({ _id }) => _id.startsWith(prefix));
      const more = shadows.length === found.length && (found.length === limit || !cursor.id?.isZero());
      return { shadows, after: more ? found.at(-1)?._id : undefined };
    } finally {
      await cursor.close();
    }
  }

  /** Those of these keys that have no shadow, not even a tombstone. */
  async without(keys: readonly string[]): Promise<string[]> {
    const filter = { _id: { $in: [...keys] } };
    // Counting costs a quarter of listing, and hardly ever does one have to be listed.
    if ((await this.#shadows.countDocuments(filter)) === keys.length) return [];
    const found = await this.#shadows.find(filter, { projection: { _id: 1 } }).toArray();
    const shadowed = new Set(found.map(({ _id }) => _id));
    return keys.filter((key) => !shadowed.has(key));
  }

  /**
   * The highest version in each slot among the `limit` shadows behind `after`, in the order of the keys; the next ones
   * are behind the `after` of the answer, which is undefined when these were the last.
   */
  async highestVersions(after: string | undefined, limit: number): Promise<HighestVersions> {
    const [found] = await this.#shadows
      .aggregate<{
        slots: { slot: number; version: Long | number }[];
        shadows: number;
        last: string;
      }>([
        ...(after === undefined ? [] : [{ $match: { _id: { $gt: after } } }]),
        { $sort: { _id: 1 } },
        { $limit: limit },
        {
          $group: {
            _id: '$slot',
            version: { $max: '$version' },
            last: { $max: '$_id' },
            shadows: { $sum: 1 },
          },
        },
        {
          $group: {
            _id: null,
            slots: { $push: { slot: '$_id', version: '$version' } },
            last: { $max: '$last' },
            shadows: { $sum: '$shadows' },
          },
        },
      ])
      .toArray();
    if (found === undefined) return { versions: new Map(), shadows: 0, after: undefined };
    const shadows = Number(found.shadows);
    return {
      versions: new Map(found.slots.map(({ slot, version }) => [slot, Number(version)])),
      shadows,
      after: shadows < limit ? undefined : found.last,
    };
  }

  /** About how many shadows there are, tombstones and expired ones included. */
  async estimatedCount(): Promise<number> {
    return this.#shadows.estimatedDocumentCount();
  }

  async #write(
    documents: ShadowDocument[],
    upsert: boolean,
  ): Promise<{ written: number; errors: WriteError[] }> {
    const operations = documents.map(
      (replacement): AnyBulkWriteOperation<ShadowDocument> => ({
        replaceOne: {
          filter: { _id: replacement._id, version: { $lt: replacement.version as Long } },
          replacement,
          upsert,
        },
      }),
    );
    try {
      const result = await this.#shadows.bulkWrite(operations, { ordered: false });
      return { written: result.matchedCount + result.upsertedCount, errors: [] };
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError) || isWholeFailure(error)) throw error;
      return {
        written: error.result.matchedCount + error.result.upsertedCount,
        errors: [error.writeErrors].flat(),
      };
    }
  }
}

/** A bulk write that failed for another reason than single operations: nothing is known of the others. */
function isWholeFailure(error: MongoBulkWriteError): boolean {
  return [error.writeErrors].flat().length === 0 || error.result.getWriteConcernError() !== undefined;
}

/** The code and the server's words cut at a length that no value fits into: an error may quote the document. */
function refusalOf(error: WriteError): string {
  return `MongoDB error ${error.code}`.concat(error.errmsg ? `: ${error.errmsg.slice(0, 120)}` : '');
}
