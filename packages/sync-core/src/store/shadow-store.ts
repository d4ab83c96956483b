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
  /** Keys whose mutation the store refused, and why. All others are in the shadow, in this version or a newer one. */
  readonly failed: ReadonlyMap<string, string>;
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
    return { applied, stale: writes.length - applied - failed.size, failed };
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

  /** Every shadow, tombstones and expired ones included, in the order of the keys; memory is bounded by `batchSize`. */
  async *all(batchSize: number): AsyncGenerator<ShadowDocument[]> {
    let after: string | undefined;
    for (;;) {
      const page = await this.#shadows
        .find(after === undefined ? {} : { _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(batchSize)
        .toArray();
      if (page.length > 0) yield page;
      after = page.at(-1)?._id;
      if (page.length < batchSize) return;
    }
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
