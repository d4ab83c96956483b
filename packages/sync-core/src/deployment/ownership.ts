import { randomUUID } from 'node:crypto';
import type { Logger } from 'pino';
import { slotOf } from '../cache/keys.js';
import { LAYOUT_VERSION, type LayoutStore } from '../cache/layout.js';
import { NotReadyError, RefusedByServiceError, reasonOf } from '../errors.js';
import { DatabaseRefusedError, PermanentError } from '../permanent-errors.js';
import type { Proof } from '../proof.js';
import { Repeater } from '../repeater.js';
import type { FoundClaim } from '../store/claim.js';
import type { MadeIndex, MongoStore } from '../store/mongo-store.js';

/** Time between two looks, in milliseconds. */
const LOOK_MS = 10_000;
/**
 * How long a process one of whose stores has lost the deployment's id watches whether the deployment lives on with
 * another such store, in milliseconds: more than two looks of its processes.
 */
const WATCH_MS = 25_000;
/** Not seen for so long, by MongoDB's clock in milliseconds, a deployment does not live elsewhere. */
const SILENT_MS = 45_000;

/** What {@link Ownership} needs. */
export interface OwnershipOptions {
  readonly layout: LayoutStore;
  readonly mongo: Pick<MongoStore, 'claim' | 'connect' | 'mayBeClaimed' | 'ensureIndexes' | 'database'>;
  readonly namespace: string;
  readonly slots: number;
  readonly proof: Proof;
  readonly log: Logger;
  /** Told of every index that was made again while the process ran. */
  readonly remade?: (made: MadeIndex) => void;
}

/**
 * Whether this process' Redis and MongoDB belong together, and to this deployment: namespace, layout, slots and an id.
 * Redis (`hs:meta`) and MongoDB (`hybrid_sync_meta`) each keep them, since either can be lost; MongoDB has the last word.
 *
 *   MongoDB has no claim ── Redis' deployment lives on with another database, as its processes' proofs show ─▶ refused
 *                        ── what is there is ours or nothing ─▶ claimed, atomically, before anything else is made
 *                        ── anything else                    ─▶ refused, nothing touched
 *   MongoDB has a claim  ── another namespace, layout, slot count, or Redis has another deployment's id ─▶ refused
 *                        ── Redis has no id: it lost its data (put back), or it is another deployment's
 *                           new Redis: the first one lives on, as its processes' looks show ─▶ refused
 *                        ── the same ─▶ proven
 *
 * Looks again when Redis was connected anew and from time to time; what is missing meanwhile, indexes too, is made again.
 */
export class Ownership {
  readonly #options: OwnershipOptions;
  readonly #looks: Repeater;
  /** The deployment's id, once it was proven. */
  #deployment: string | undefined;
  /** The other Redis' deployment, as first seen: when, by this process' clock and by its own word. */
  #watched: { readonly since: number; readonly seenAt: number } | undefined;
  /** The last proof of a process that may use another database, as first seen; when, by this process' clock. */
  #elsewhere: { readonly since: number; readonly proof: string } | undefined;
  #said: string | undefined;

  constructor(options: OwnershipOptions) {
    this.#options = options;
    this.#looks = new Repeater(
      () => this.#look(),
      () => LOOK_MS,
    );
  }

  /** Looks at Redis alone, and changes nothing. @throws LayoutMismatchError, CacheUnavailableError */
  async checkRedis(): Promise<void> {
    const stored = await this.#options.layout.read();
    if (stored?.deployment !== undefined) this.#options.layout.mustAgree(stored);
  }

  /**
   * Proves that both sides are this deployment's, and makes what is missing. `follow`: whether the expiry of an index is
   * changed to what the settings say, as is right once, at the start of a pod or projector.
   * @throws PermanentError when they aren't; whatever the stores throw when they don't answer
   */
  async prove(follow = this.#deployment === undefined): Promise<void> {
    const { proof, layout, mongo, log } = this.#options;
    try {
      await mongo.connect();
      const claim = await this.#settledClaim();
      const made = await mongo.ensureIndexes({ follow });
      await layout.check(claim.deployment);
      // In this order: who sees this word, and no id in its own Redis, has another Redis.
      await mongo.claim.seen(claim.deployment, await layout.identity());
      await layout.tellProof().catch((error: unknown) => {
        log.debug({ reason: reasonOf(error) }, 'other processes were not told that the stores are proven');
      });
      if (this.#deployment !== undefined) this.#tellRemade(made);
      this.#deployment = claim.deployment;
      this.#watched = undefined;
      this.#elsewhere = undefined;
      proof.give();
    } catch (error) {
      if (error instanceof PermanentError) proof.refuse(error);
      if (error instanceof RefusedByServiceError || error instanceof NotReadyError)
        proof.misses(error.message);
      throw error;
    }
  }

  /** Begins to look from time to time. */
  start(): void {
    this.#looks.start('pause');
  }

  /** Looks at once: Redis was connected anew. */
  lookNow(): void {
    this.#looks.hurry();
  }

  /** Ends looking; resolves when a look under way has ended. */
  async stop(): Promise<void> {
    await this.#looks.stop();
  }

  async #look(): Promise<void> {
    const { log, proof } = this.#options;
    try {
      await this.#lookAtRedis();
      await this.prove();
      if (this.#said !== undefined) log.info("both stores are this deployment's again");
      this.#said = undefined;
    } catch (error) {
      if (error instanceof PermanentError) proof.refuse(error);
      const known = error instanceof PermanentError || error instanceof RefusedByServiceError;
      if (!known) return log.debug({ reason: reasonOf(error) }, 'whose the stores are was not looked at');
      if (this.#said !== error.message) log.error({ code: error.name }, error.message);
      this.#said = error.message;
    }
  }

  /** What was proven once is put back also while MongoDB is away. */
  async #lookAtRedis(): Promise<void> {
    if (this.#deployment !== undefined) await this.#options.layout.check(this.#deployment);
  }

  async #settledClaim(): Promise<FoundClaim> {
    for (;;) {
      const { mongo, layout } = this.#options;
      // MongoDB first: a word of the deployment that is seen here was given after it had put its id into its Redis.
      const claim = await mongo.claim.read();
      if (claim === 'foreign') {
        throw new DatabaseRefusedError(mongo.database, 'its claim was not made by this service');
      }
      const stored = await layout.read();
      if (claim === undefined) {
        layout.mustAgree(stored);
        if (await this.#isUsedHere(stored?.deployment)) await this.#makeClaim(stored?.deployment);
        continue;
      }
      await this.#mustBeOurs(claim, stored?.deployment);
      return claim;
    }
  }

  async #makeClaim(deployment: string = this.#deployment ?? randomUUID()): Promise<void> {
    const { mongo, namespace, slots, layout, log } = this.#options;
    const adopted = await mongo.mayBeClaimed((key) => slotOf(key, slots));
    const redis = await layout.identity();
    const claim = { namespace, layout: LAYOUT_VERSION, slots, deployment };
    const made = await mongo.claim.make({ ...claim, ...(redis === undefined ? {} : { redis }) });
    if (!made) return;
    log.info(
      { database: mongo.database, ...claim },
      adopted
        ? "the database, which has data of version 0.1.0, is this deployment's now"
        : "the database is this deployment's now",
    );
  }

  async #mustBeOurs(claim: FoundClaim, deployment: string | undefined): Promise<void> {
    const { mongo, namespace, layout } = this.#options;
    if (claim.namespace !== namespace) {
      throw new DatabaseRefusedError(
        mongo.database,
        `it belongs to namespace "${claim.namespace}", and HYBRID_SYNC_NAMESPACE is "${namespace}"`,
      );
    }
    layout.mustAgree(claim, 'MongoDB');
    if (deployment === claim.deployment) return;
    if (deployment !== undefined) {
      throw new DatabaseRefusedError(
        mongo.database,
        `it belongs to another deployment of namespace "${namespace}" than the Redis of REDIS_URL`,
      );
    }
    if (claim.deployment !== this.#deployment) await this.#mustNotLiveElsewhere(claim);
  }

  /** Redis has no id: did it lose its data, or is it another Redis than that of the deployment? */
  async #mustNotLiveElsewhere(claim: FoundClaim): Promise<void> {
    const { mongo, layout, namespace } = this.#options;
    const sameRedis = claim.redis !== undefined && claim.redis === (await layout.identity());
    if (sameRedis || claim.seenAgoMs > SILENT_MS) return;
    this.#watched ??= { since: performance.now(), seenAt: claim.seenAt };
    if (claim.seenAt !== this.#watched.seenAt) {
      throw new DatabaseRefusedError(
        mongo.database,
        `another deployment of namespace "${namespace}", with another Redis than that of REDIS_URL, uses it now`,
      );
    }
    if (performance.now() - this.#watched.since > WATCH_MS) return;
    throw new NotReadyError(
      'the Redis of REDIS_URL is not the one that this database was last used with, and is new or lost its data; ' +
        `waiting for up to ${WATCH_MS / 1000} s to see that nobody uses the database with the other one`,
    );
  }

  /**
   * The database has no claim, and Redis has the deployment's id: did the deployment lose this database, or is it none of
   * its? Processes that live with it have proven it before, and claim it anew with their next look.
   * @returns false where it has been claimed meanwhile
   */
  async #isUsedHere(deployment: string | undefined): Promise<boolean> {
    const { mongo, layout, namespace } = this.#options;
    if (deployment === undefined || deployment === this.#deployment) return true;
    const proof = await layout.lastProof();
    if (proof === undefined) return true;
    // Whoever claimed it did so before that was told.
    if ((await mongo.claim.read()) !== undefined) return false;
    this.#elsewhere ??= { since: performance.now(), proof };
    if (proof !== this.#elsewhere.proof) {
      throw new DatabaseRefusedError(
        mongo.database,
        `it is new, and the deployment of namespace "${namespace}" in the Redis of REDIS_URL uses another one now`,
      );
    }
    if (performance.now() - this.#elsewhere.since > WATCH_MS) return true;
    throw new NotReadyError(
      'this database is new or lost its data, and the deployment in the Redis of REDIS_URL was in use a moment ago; ' +
        `waiting for up to ${WATCH_MS / 1000} s to see that its processes use no other database`,
    );
  }

  #tellRemade(made: readonly MadeIndex[]): void {
    for (const each of made) {
      this.#options.log.warn(each, 'an index was missing in MongoDB, and was made again');
      this.#options.remade?.(each);
    }
  }
}
