import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { newestPerKey, type RoutedMutation, type SyncMethod } from '../mutation.js';
import { mongoCalls } from './mongo-calls.js';
import { FOREIGN_DOCUMENT, olderShadow, type ShadowDocument, shadowOf } from './shadow-document.js';
import { ShadowReader } from './shadow-reader.js';
import type { Clock } from './store-clock.js';
import {
  bulkFailures,
  type Failure,
  isDuplicateKey,
  refusalOf,
  StoreFailingError,
  storesOwn,
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

/**
 * The MongoDB side: one shadow per key. The only code that writes shadows; a shadow's version only rises, whatever
 * comes late or twice.
 */
export class ShadowStore extends ShadowReader {
  readonly #purgeGraceMs: number;
  readonly #clock: Clock;

  /** `clock`: the store's, by which it will judge what may be purged. */
  constructor(
    shadows: Collection<ShadowDocument>,
    purgeGraceMs: number,
    clock: Clock = Date,
    calls = mongoCalls('shadows'),
  ) {
    super(shadows, calls);
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
    return this.calls.ask('writing shadows', () => this.#apply(writes, method), 'apply');
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
      again.map(({ sent }) => sent),
      false,
    );
    const refused = [...first.failures.filter(({ error }) => !isDuplicateKey(error)), ...second.failures];
    const failed = new Map(refused.map(({ sent, error }) => [sent._id, refusalOf(error)]));
    const applied = first.written + second.written;
    const own = storesOwn(refused);
    if (own !== undefined) {
      const keys = new Set([...own.sent, ...again.map(({ sent }) => sent)].map(({ _id }) => _id));
      for (const key of keys) failed.delete(key);
      throw new StoreFailingError(own.reason, keys, failed, applied > 0);
    }
    const unmatched = again.filter(({ sent }) => !failed.has(sent._id));
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

  /**
   * Those of these writes, which failed on a key that is there already and then replaced nothing, that did not come too
   * late; and why they are not in the shadow.
   */
  async #refusalsAmong(writes: readonly Failure<ShadowDocument>[]): Promise<Map<string, string>> {
    const versions = await this.versionsOf(writes.map(({ sent }) => sent._id));
    const lost = writes.filter(({ sent }) => {
      const version = versions.get(sent._id);
      return version === undefined || version < Number(sent.version);
    });
    const nothingThere = new Set(await this.without(lost.map(({ sent }) => sent._id)));
    return new Map(
      lost.map(({ sent: { _id }, error }) => [
        _id,
        versions.has(_id) || nothingThere.has(_id) ? refusalOf(error) : FOREIGN_DOCUMENT,
      ]),
    );
  }

  async #write(
    documents: ShadowDocument[],
    upsert: boolean,
  ): Promise<{ written: number; failures: Failure<ShadowDocument>[] }> {
    if (documents.length === 0) return { written: 0, failures: [] };
    const operations = documents.map(
      (replacement): AnyBulkWriteOperation<ShadowDocument> => ({
        replaceOne: { filter: olderShadow(replacement), replacement, upsert },
      }),
    );
    try {
      const result = await this.shadows.bulkWrite(operations, { ordered: false });
      return { written: result.matchedCount + result.upsertedCount, failures: [] };
    } catch (error) {
      const { failures, result } = bulkFailures(error, documents);
      return { written: result.matchedCount + result.upsertedCount, failures };
    }
  }
}
