import type { AnyBulkWriteOperation, Collection } from 'mongodb';
import { newestPerKey, type RoutedMutation, type SyncMethod } from '../mutation.js';
import { mongoCalls } from './mongo-calls.js';
import { FOREIGN_DOCUMENT, replaceOlder, type ShadowDocument, shadowOf } from './shadow-document.js';
import { ShadowReader } from './shadow-reader.js';
import type { Clock } from './store-clock.js';
import {
  bulkFailures,
  type FailedWrite,
  isDuplicateKey,
  StoreFailingError,
  storesOwn,
  writeRefusalOf,
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
    const first = await this.#write(newest.map((write) => shadowOf(write, method, now, this.#purgeGraceMs)));
    // Another writer inserted the shadow in the same moment; or a unique index of someone's own holds one of the document's
    // keys already, as it then does at the second try.
    const [again, others] = parted(first.failures, ({ error }) => isDuplicateKey(error));
    const second = await this.#write(again.map(({ sent }) => sent));
    const failures = [...others, ...second.failures];
    const own = storesOwn(failures);
    const held = new Set(own?.sent.map(({ _id }) => _id));
    const refused = failures.filter(({ sent }) => !held.has(sent._id));
    const failed = new Map([
      ...refused.map(({ sent, error }) => [sent._id, writeRefusalOf(error)] as const),
      ...[...first.foreign, ...second.foreign].map((key) => [key, FOREIGN_DOCUMENT] as const),
    ]);
    const through = newest.length - failed.size - held.size;
    if (own !== undefined) throw new StoreFailingError(own.reason, held, failed, through > 0);
    const stale = first.stale + second.stale;
    return { applied: through - stale, stale, coalesced: writes.length - newest.length, failed };
  }

  /** Writes each of these that is newer than what lies at its place, if that is a shadow or nothing; and sorts out the others. */
  async #write(documents: readonly ShadowDocument[]): Promise<Written> {
    if (documents.length === 0) return NOTHING;
    const operations = documents.map(
      (shadow): AnyBulkWriteOperation<ShadowDocument> => ({
        updateOne: { filter: { _id: shadow._id }, update: replaceOlder(shadow), upsert: true },
      }),
    );
    try {
      await this.shadows.bulkWrite(operations, { ordered: false });
      return NOTHING;
    } catch (error) {
      return this.#sorted(bulkFailures(error, documents));
    }
  }

  /** Whatever a server says of a write: one whose shadow is as new came too late, and what is no shadow refuses any. */
  async #sorted(all: readonly FailedWrite<ShadowDocument>[]): Promise<Written> {
    const versions = await this.versionsOf(all.map(({ sent }) => sent._id));
    const [stale, others] = parted(all, ({ sent }) => (versions.get(sent._id) ?? -1) >= Number(sent.version));
    const keys = others.map(({ sent }) => sent._id).filter((key) => !versions.has(key));
    const nothingThere = new Set(await this.without(keys));
    const foreign = new Set(keys.filter((key) => !nothingThere.has(key)));
    return {
      stale: stale.length,
      foreign: [...foreign],
      failures: others.filter(({ sent }) => !foreign.has(sent._id)),
    };
  }
}

/** What became of those that were not written. */
interface Written {
  /** How many came too late. */
  readonly stale: number;
  /** Keys at whose place lies what is no shadow. */
  readonly foreign: readonly string[];
  readonly failures: readonly FailedWrite<ShadowDocument>[];
}

const NOTHING: Written = { stale: 0, foreign: [], failures: [] };

/** Those of which it holds, and the others. */
function parted<T>(all: readonly T[], holds: (each: T) => boolean): [T[], T[]] {
  return [all.filter(holds), all.filter((each) => !holds(each))];
}
