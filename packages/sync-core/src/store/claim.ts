import { type Collection, type Db, MongoServerError } from 'mongodb';
import { calledByName } from './refusals.js';

/** Where the claim is. */
export const CLAIM_COLLECTION = 'hybrid_sync_meta';
const DUPLICATE_KEY = 11_000;

/** Who a database belongs to. */
export interface Claim {
  readonly namespace: string;
  /** Version of the layout of the data. */
  readonly layout: number;
  readonly slots: number;
  /** Of the deployment; Redis holds the same id. */
  readonly deployment: string;
  /** The Redis that the deployment was last seen with: its run and its database; absent where it doesn't say. */
  readonly redis?: string;
}

/** A claim that was found. */
export interface FoundClaim extends Claim {
  /** When a process of the deployment was last seen, by MongoDB's clock, in milliseconds since 1970. */
  readonly seenAt: number;
  /** How long ago that is, by the same clock, in milliseconds. */
  readonly seenAgoMs: number;
}

interface ClaimDocument extends Claim {
  readonly _id: 'claim';
  readonly seenAt: Date;
}

/**
 * The document that says whose a database is. There is one id for it, so that of several that claim a database in the
 * same moment one succeeds.
 */
export class ClaimStore {
  readonly #claims: Collection<ClaimDocument>;

  constructor(db: Db) {
    this.#claims = db.collection<ClaimDocument>(CLAIM_COLLECTION);
  }

  /** The claim; undefined for none, and `foreign` for a document that no version of this service made. */
  async read(): Promise<FoundClaim | undefined | 'foreign'> {
    const [found] = await calledByName(`find in ${CLAIM_COLLECTION}`, () =>
      this.#claims
        .aggregate<ClaimDocument & { now: Date }>([{ $match: { _id: 'claim' } }, { $set: { now: '$$NOW' } }])
        .toArray(),
    );
    if (found === undefined) return undefined;
    const { namespace, layout, slots, deployment, redis, seenAt, now } = found;
    const isOurs =
      typeof namespace === 'string' &&
      typeof deployment === 'string' &&
      Number.isInteger(layout) &&
      Number.isInteger(slots);
    if (!isOurs) return 'foreign';
    const at = seenAt instanceof Date ? seenAt.getTime() : 0;
    return {
      namespace,
      layout,
      slots,
      deployment,
      ...(redis === undefined ? {} : { redis }),
      seenAt: at,
      seenAgoMs: now.getTime() - at,
    };
  }

  /** Whether the collection holds anything but a claim. */
  async holdsMore(): Promise<boolean> {
    const other = { _id: { $ne: 'claim' } } as object;
    return (await this.#claims.findOne(other, { projection: { _id: 1 } })) !== null;
  }

  /** Claims the database. @returns false where someone else did in the same moment */
  async make({ redis, ...claim }: Claim): Promise<boolean> {
    try {
      await calledByName(`insert into ${CLAIM_COLLECTION}`, () =>
        this.#claims.updateOne(
          { _id: 'claim', ...claim },
          { $currentDate: { seenAt: true }, ...(redis === undefined ? {} : { $set: { redis } }) },
          { upsert: true },
        ),
      );
      return true;
    } catch (error) {
      if (error instanceof MongoServerError && error.code === DUPLICATE_KEY) return false;
      throw error;
    }
  }

  /** A process of the deployment is there. */
  async seen(deployment: string, redis: string | undefined): Promise<void> {
    await calledByName(`update in ${CLAIM_COLLECTION}`, () =>
      this.#claims.updateOne(
        { _id: 'claim', deployment },
        { $currentDate: { seenAt: true }, ...(redis === undefined ? {} : { $set: { redis } }) },
      ),
    );
  }
}
