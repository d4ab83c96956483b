import {
  type AnyBulkWriteOperation,
  type Collection,
  type Long,
  MongoBulkWriteError,
  type WriteError,
} from 'mongodb';
import type { StoreCalls } from '../metrics/store-calls.js';
import { newestPerKey, type RoutedMutation, type SyncMethod } from '../mutation.js';
import { mongoCalls } from './mongo-calls.js';
import {
  FOREIGN_DOCUMENT,
  HAS_VERSION,
  IS_SHADOW,
  olderShadow,
  type ShadowDocument,
  shadowOf,
} from './shadow-document.js';
import type { Clock } from './store-clock.js';
import {
  isAboutTheDocument,
  isDuplicateKey,
  operationErrors,
  refusalOf,
  StoreFailingError,
} from './write-errors.js';

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

/**
 * The MongoDB side: one shadow per key. The only code that writes shadows; a shadow's version only rises, whatever
 * comes late or twice.
 */
export class ShadowStore {
  readonly #shadows: Collection<ShadowDocument>;
  readonly #purgeGraceMs: number;
  readonly #clock: Clock;
  readonly #calls: StoreCalls;

  /** `clock`: the store's, by which it will judge what may be purged. */
  constructor(
    shadows: Collection<ShadowDocument>,
    purgeGraceMs: number,
    clock: Clock = Date,
    calls = mongoCalls('shadows'),
  ) {
    this.#calls = calls;
    this.#shadows = shadows;
    this.#purgeGraceMs = purgeGraceMs;
    this.#clock = clock;
  }

  /**
   * Brings mutations to their shadows in one bulk write: each one replaces a shadow of a lower version or becomes the
   * key's first shadow. Of several mutations of a key only the newest is written. One that the store refuses fails
   * alone, and so does one at whose place lies what is no shadow.
   * @throws StoreFailingError when the store failed some of them for reasons of its own; StoreUnavailableError
   *   when it took none of them or can't say
   */
  apply(writes: readonly RoutedMutation[], method: SyncMethod): Promise<ApplyResult> {
    return this.#calls.ask('writing shadows', () => this.#apply(writes, method), 'apply');
  }

  async #apply(writes: readonly RoutedMutation[], method: SyncMethod): Promise<ApplyResult> {
    const newest = newestPerKey(writes);
    const now = this.#clock.now();
    const documents = newest.map((write) => shadowOf(write, method, now, this.#purgeGraceMs));
    const first = await this.#write(documents, true);
    // The filter asks for an older shadow, so a key whose shadow is as new or newer looks absent to the upsert, whose
    // insert then fails. So does one whose shadow another writer inserted in the same moment, one with a foreign
    // document, and one whose document has a key that a unique index of someone's own holds already: only a second
    // look, without upsert, tells them apart.
    const again = first.failures.filter(({ error }) => isDuplicateKey(error));
    const second = await this.#write(
      again.map(({ document }) => document),
      false,
    );
    const refused = [...first.failures.filter(({ error }) => !isDuplicateKey(error)), ...second.failures];
    const failed = new Map(refused.map(({ document, error }) => [document._id, refusalOf(error)]));
    const applied = first.written + second.written;
    const held = refused.filter(({ error }) => !isAboutTheDocument(error));
    const [reason] = held.map(({ error }) => refusalOf(error));
    if (reason !== undefined) {
      const keys = new Set([...held, ...again].map(({ document }) => document._id));
      for (const key of keys) failed.delete(key);
      throw new StoreFailingError(reason, keys, failed, applied > 0);
    }
    const unmatched = again.filter(({ document }) => !failed.has(document._id));
    if (unmatched.length > second.written) {
      for (const [key, why] of await this.#refusalsAmong(unmatched)) failed.set(key, why);
    }
    return {
      applied,
      stale: newest.length - applied - failed.size,
      coalesced: writes.length - newest.length,
      failed,
    };
  }

  /** What lies at a key's place: its shadow, tombstones and expired ones included, or a foreign document. */
  find(key: string): Promise<ShadowDocument | null> {
    return this.#calls.ask('looking at a shadow', () => this.#shadows.findOne({ _id: key }), 'find');
  }

  /**
   * The shadows of these keys, in no order, tombstones and expired ones included; and foreign documents at their places,
   * which `isShadow` tells apart.
   */
  findMany(keys: readonly string[]): Promise<ShadowDocument[]> {
    const find = () => this.#shadows.find({ _id: { $in: [...keys] } }).toArray();
    return this.#calls.ask('looking at shadows', find, 'findMany');
  }

  /** The versions of these keys' shadows, tombstones and expired ones included; a key without a shadow is missing. */
  versionsOf(keys: readonly string[]): Promise<Map<string, number>> {
    return this.#calls.ask('looking at the versions of shadows', () => this.#versionsOf(keys), 'versionsOf');
  }

  async #versionsOf(keys: readonly string[]): Promise<Map<string, number>> {
    const found = await this.#shadows
      .find({ _id: { $in: [...new Set(keys)] }, ...IS_SHADOW })
      .project<Pick<ShadowDocument, '_id' | 'version'>>({ version: 1 })
      .toArray();
    return new Map(found.map(({ _id, version }) => [_id, Number(version)]));
  }

  /**
   * A page of the shadows whose keys start with `prefix`, tombstones and expired ones included, in the order of the
   * keys, from the first one behind `after` on; foreign documents among them are told apart by `isShadow`. It holds what one message of MongoDB does (16 MiB), or a single larger
   * one; `after` is where the next page starts, undefined when this was the last one.
   */
  page(prefix: string, after: string | undefined, limit: number): Promise<ShadowPage> {
    return this.#calls.ask('reading shadows', () => this.#page(prefix, after, limit));
  }

  async #page(prefix: string, after: string | undefined, limit: number): Promise<ShadowPage> {
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

  /** Those of these keys that have no shadow, not even a tombstone, and no foreign document at its place. */
  without(keys: readonly string[]): Promise<string[]> {
    return this.#calls.ask('looking for shadows', () => this.#without(keys));
  }

  async #without(keys: readonly string[]): Promise<string[]> {
    const filter = { _id: { $in: [...keys] } };
    // Counting costs a quarter of listing, and hardly ever does one have to be listed.
    if ((await this.#shadows.countDocuments(filter)) === keys.length) return [];
    const found = await this.#shadows.find(filter, { projection: { _id: 1 } }).toArray();
    const shadowed = new Set(found.map(({ _id }) => _id));
    return keys.filter((key) => !shadowed.has(key));
  }

  /**
   * The highest version in each slot among the `limit` shadows behind `after`, in the order of the keys, foreign documents
   * left out; the next ones are behind the `after` of the answer, which is undefined when these were the last.
   */
  highestVersions(after: string | undefined, limit: number): Promise<HighestVersions> {
    return this.#calls.ask('looking for the highest versions', () => this.#highestVersions(after, limit));
  }

  async #highestVersions(after: string | undefined, limit: number): Promise<HighestVersions> {
    const [found] = await this.#shadows
      .aggregate<{
        slots: { slot: number; version: Long | number }[];
        shadows: number;
        last: string;
      }>([
        { $match: { _id: after === undefined ? { $gte: '' } : { $gt: after }, ...HAS_VERSION } },
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
  estimatedCount(): Promise<number> {
    return this.#calls.ask('counting shadows', () => this.#shadows.estimatedDocumentCount());
  }

  /**
   * Those of these writes, which failed on a key that is there already and then replaced nothing, that did not come too
   * late; and why they are not in the shadow.
   */
  async #refusalsAmong(writes: readonly FailedWrite[]): Promise<Map<string, string>> {
    const versions = await this.versionsOf(writes.map(({ document }) => document._id));
    const lost = writes.filter(({ document }) => {
      const version = versions.get(document._id);
      return version === undefined || version < Number(document.version);
    });
    const nothingThere = new Set(await this.without(lost.map(({ document }) => document._id)));
    return new Map(
      lost.map(({ document: { _id }, error }) => [
        _id,
        versions.has(_id) || nothingThere.has(_id) ? refusalOf(error) : FOREIGN_DOCUMENT,
      ]),
    );
  }

  async #write(
    documents: ShadowDocument[],
    upsert: boolean,
  ): Promise<{ written: number; failures: FailedWrite[] }> {
    if (documents.length === 0) return { written: 0, failures: [] };
    const operations = documents.map(
      (replacement): AnyBulkWriteOperation<ShadowDocument> => ({
        replaceOne: { filter: olderShadow(replacement), replacement, upsert },
      }),
    );
    try {
      const result = await this.#shadows.bulkWrite(operations, { ordered: false });
      return { written: result.matchedCount + result.upsertedCount, failures: [] };
    } catch (error) {
      if (!(error instanceof MongoBulkWriteError)) throw error;
      return {
        failures: operationErrors(error).flatMap((each) => {
          const document = documents[each.index];
          return document === undefined ? [] : [{ document, error: each }];
        }),
        written: error.result.matchedCount + error.result.upsertedCount,
      };
    }
  }
}

/** A shadow that could not be written, and what the server said. */
interface FailedWrite {
  readonly document: ShadowDocument;
  readonly error: WriteError;
}
