import type { Collection, Filter, Long } from 'mongodb';
import type { StoreCalls } from '../metrics/store-calls.js';
import { HAS_VERSION, IS_SHADOW, type ShadowDocument } from './shadow-document.js';

/** What a comparison needs of a shadow, and what a pair is restored from. */
export type ShadowSummary = Pick<
  ShadowDocument,
  '_id' | 'slot' | 'lastValue' | 'version' | 'expireAt' | 'deleted' | 'purgeAt'
>;
const COMPARED_FIELDS = { slot: 1, lastValue: 1, version: 1, expireAt: 1, deleted: 1, purgeAt: 1 } as const;

/** What a shadow is, without what it holds. */
export type ShadowHead = Pick<ShadowDocument, '_id' | 'slot' | 'version' | 'expireAt' | 'deleted'>;
const HEAD_FIELDS = { slot: 1, version: 1, expireAt: 1, deleted: 1 } as const;

/** What is shown of a shadow in a list: all but the value. */
export type ListedShadow = Omit<ShadowDocument, 'lastValue' | 'valueHash'>;
const LISTED_FIELDS = {
  ...HEAD_FIELDS,
  lastWriteAt: 1,
  sessionId: 1,
  interactionId: 1,
  metadata: 1,
  purgeAt: 1,
} as const;

/** See {@link ShadowReader.page} and {@link ShadowReader.heads}. */
export interface ShadowPage<Shadow = ShadowSummary> {
  readonly shadows: readonly Shadow[];
  readonly after: string | undefined;
}

/** See {@link ShadowReader.highestVersions}. */
export interface HighestVersions {
  readonly versions: ReadonlyMap<number, number>;
  /** How many shadows were looked at. */
  readonly shadows: number;
  readonly after: string | undefined;
}

/** Whether a shadow's version is a whole number, which no query can ask cheaply. */
function isWhole({ version }: Pick<ShadowDocument, 'version'>): boolean {
  return Number.isSafeInteger(Number(version));
}

/** A version in an expression; null, which is no maximum, for what is no whole number. */
const WHOLE_VERSION = { $cond: [{ $eq: ['$version', { $trunc: '$version' }] }, '$version', null] };

/** Reads shadows. */
export class ShadowReader {
  protected readonly shadows: Collection<ShadowDocument>;
  /** What it asks MongoDB goes through here. @throws StoreUnavailableError */
  protected readonly calls: StoreCalls;

  constructor(shadows: Collection<ShadowDocument>, calls: StoreCalls) {
    this.shadows = shadows;
    this.calls = calls;
  }

  /**
   * What lies at a key's place: its shadow, tombstones and expired ones included, or a foreign document. `doing`: what for,
   * in the words of an error.
   */
  find(key: string, doing = 'looking at a shadow'): Promise<ShadowDocument | null> {
    return this.calls.ask(doing, () => this.shadows.findOne({ _id: key }), 'find');
  }

  /**
   * The shadows of these keys, in no order, tombstones and expired ones included; and foreign documents at their places,
   * which `isShadow` tells apart.
   */
  findMany(keys: readonly string[]): Promise<ShadowDocument[]> {
    const find = () => this.shadows.find({ _id: { $in: [...keys] } }).toArray();
    return this.calls.ask('looking at shadows', find, 'findMany');
  }

  /** The versions of these keys' shadows, tombstones and expired ones included; a key without a shadow is missing. */
  versionsOf(keys: readonly string[]): Promise<Map<string, number>> {
    return this.calls.ask('looking at the versions of shadows', () => this.#versionsOf(keys), 'versionsOf');
  }

  async #versionsOf(keys: readonly string[]): Promise<Map<string, number>> {
    const found = await this.shadows
      .find({ _id: { $in: [...new Set(keys)] }, ...IS_SHADOW })
      .project<Pick<ShadowDocument, '_id' | 'version'>>({ version: 1 })
      .toArray();
    return new Map(found.filter(isWhole).map(({ _id, version }) => [_id, Number(version)]));
  }

  /**
   * A page of the shadows whose keys start with `prefix`, tombstones and expired ones included, in the order of the
   * keys, from the first one behind `after` on; foreign documents among them are told apart by `isShadow`. It holds what
   * one message of MongoDB does (16 MiB), or a single larger one; `after` is where the next page starts, undefined when
   * this was the last one.
   */
  page(prefix: string, after: string | undefined, limit: number): Promise<ShadowPage> {
    return this.calls.ask('reading shadows', () => this.#page({}, COMPARED_FIELDS, prefix, after, limit));
  }

  /** The same without the values, and without foreign documents. */
  heads(prefix: string, after: string | undefined, limit: number): Promise<ShadowPage<ShadowHead>> {
    return this.calls.ask('reading shadows', () =>
      this.#shadowsOf<ShadowHead>(HEAD_FIELDS, prefix, after, limit),
    );
  }

  /** The same with all but the values. */
  listed(prefix: string, after: string | undefined, limit: number): Promise<ShadowPage<ListedShadow>> {
    return this.calls.ask('reading shadows', () =>
      this.#shadowsOf<ListedShadow>(LISTED_FIELDS, prefix, after, limit),
    );
  }

  /** The shadows of these keys without their values, in no order; foreign documents at their places are left out. */
  listedOf(keys: readonly string[]): Promise<ListedShadow[]> {
    const filter = { ...IS_SHADOW, _id: { $in: [...keys] } };
    const find = () => this.shadows.find<ListedShadow>(filter, { projection: LISTED_FIELDS }).toArray();
    return this.calls.ask('looking at shadows', async () => (await find()).filter(isWhole));
  }

  /** A page without foreign documents. */
  async #shadowsOf<Shadow extends Pick<ShadowDocument, '_id' | 'version'>>(
    projection: Readonly<Record<string, 1>>,
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<ShadowPage<Shadow>> {
    const page = await this.#page<Shadow>(IS_SHADOW, projection, prefix, after, limit);
    return { ...page, shadows: page.shadows.filter(isWhole) };
  }

  async #page<Shadow extends Pick<ShadowDocument, '_id'>>(
    filter: Filter<ShadowDocument>,
    projection: Readonly<Record<string, 1>>,
    prefix: string,
    after: string | undefined,
    limit: number,
  ): Promise<ShadowPage<Shadow>> {
    const behind = after === undefined ? { $gte: prefix } : { $gt: after };
    const cursor = this.shadows
      .find<Shadow>({ ...filter, _id: behind }, { projection })
      .sort({ _id: 1 })
      .limit(limit)
      .batchSize(limit);
    try {
      const found: Shadow[] = (await cursor.hasNext()) ? cursor.readBufferedDocuments() : [];
      const shadows = found.filter(({ _id }) => _id.startsWith(prefix));
      const more = shadows.length === found.length && (found.length === limit || !cursor.id?.isZero());
      return { shadows, after: more ? found.at(-1)?._id : undefined };
    } finally {
      await cursor.close();
    }
  }

  /** Those of these keys that have no shadow, not even a tombstone, and no foreign document at its place. */
  without(keys: readonly string[]): Promise<string[]> {
    return this.calls.ask('looking for shadows', () => this.#without(keys));
  }

  async #without(keys: readonly string[]): Promise<string[]> {
    const filter = { _id: { $in: [...keys] } };
    // Counting costs a quarter of listing, and hardly ever does one have to be listed.
    if ((await this.shadows.countDocuments(filter)) === keys.length) return [];
    const found = await this.shadows.find(filter, { projection: { _id: 1 } }).toArray();
    const shadowed = new Set(found.map(({ _id }) => _id));
    return keys.filter((key) => !shadowed.has(key));
  }

  /**
   * The highest version in each slot among the `limit` shadows behind `after`, in the order of the keys, foreign documents
   * left out; the next ones are behind the `after` of the answer, which is undefined when these were the last.
   */
  highestVersions(after: string | undefined, limit: number): Promise<HighestVersions> {
    return this.calls.ask('looking for the highest versions', () => this.#highestVersions(after, limit));
  }

  async #highestVersions(after: string | undefined, limit: number): Promise<HighestVersions> {
    const [found] = await this.shadows
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
            version: { $max: WHOLE_VERSION },
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
    return this.calls.ask('counting shadows', () => this.shadows.estimatedDocumentCount());
  }
}
