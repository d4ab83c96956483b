import type { Db, MongoClient, ServerHeartbeatSucceededEvent } from 'mongodb';
import type { Settings } from '../config/settings.js';
import type { Metrics } from '../metrics/metrics.js';
import { DatabaseRefusedError, LayoutMismatchError } from '../permanent-errors.js';
import { onlyWhen, Proof } from '../proof.js';
import { CLAIM_COLLECTION, ClaimStore } from './claim.js';
import { DeadLetters } from './dead-letters.js';
import { collectionsNamed, foreignIn, found, keyOf } from './foreign.js';
import { type DataCollection, ensureIndexes, type OwnIndex, ownIndexes } from './indexes.js';
import { KeyEvents } from './key-events.js';
import { mongoCalls } from './mongo-calls.js';
import { openDatabase } from './open-database.js';
import { Outbox, type RetryRule } from './outbox.js';
import type { OutboxEvent } from './outbox-event.js';
import { calledByName } from './refusals.js';
import type { ShadowDocument } from './shadow-document.js';
import { ShadowStore } from './shadow-store.js';
import { StoreClock } from './store-clock.js';

const DATA_COLLECTIONS: readonly DataCollection[] = ['kv_shadow', 'outbox'];

/** An index of ours that was missing, and was made. */
export interface MadeIndex {
  readonly collection: DataCollection;
  readonly index: string;
}

/** What a {@link MongoStore} may be given. */
export interface MongoStoreOptions {
  /** Of failed events; the settings' own unless given. */
  readonly retry?: RetryRule;
  /** The stores read and write nothing before it is given that the database is this deployment's. */
  readonly proof?: Proof;
  /** Where calls are measured; they aren't unless given. */
  readonly metrics?: Pick<Metrics, 'called'> | undefined;
  /** A client of the application, which is used and not closed. */
  readonly own?: MongoClient | undefined;
}

/** The connection to MongoDB and the two stores in it. Connects with the first operation, and again after losses. */
export class MongoStore {
  readonly shadows: ShadowStore;
  readonly outbox: Outbox;
  readonly deadLetters: DeadLetters;
  readonly keyEvents: KeyEvents;
  /** Whose the database is. */
  readonly claim: ClaimStore;
  /** Name of the database. */
  readonly database: string;
  /** Options of the URL that have no effect, since the service decides them. */
  readonly overridden: readonly string[];
  readonly #client: MongoClient;
  readonly #leave: () => Promise<void>;
  readonly #db: Db;
  readonly #indexes: readonly OwnIndex[];

  constructor(settings: Settings, role: string, options: MongoStoreOptions = {}) {
    const { retry = () => settings, proof = new Proof(), metrics, own } = options;
    const { client, db, overridden } = openDatabase(settings, role, own);
    this.#client = client;
    this.#db = db;
    const clock = new StoreClock();
    const hear = ({ reply }: ServerHeartbeatSucceededEvent) => clock.heard(reply);
    client.on('serverHeartbeatSucceeded', hear);
    this.#leave = async () => {
      client.off('serverHeartbeatSucceeded', hear);
      if (own === undefined) await client.close();
    };
    this.database = db.databaseName;
    this.overridden = overridden;
    this.claim = new ClaimStore(db);
    this.#indexes = ownIndexes(settings.outboxRetentionMs);
    const demand = () => proof.demand();
    const shadows = onlyWhen(demand, db.collection<ShadowDocument>('kv_shadow'));
    const events = onlyWhen(demand, db.collection<OutboxEvent>('outbox'));
    this.shadows = new ShadowStore(shadows, settings.purgeGraceMs, clock, mongoCalls('shadows', metrics));
    this.outbox = new Outbox(events, retry, clock, mongoCalls('outbox', metrics));
    this.keyEvents = new KeyEvents(events, mongoCalls('keyEvents', metrics));
    this.deadLetters = new DeadLetters(events, clock, mongoCalls('deadLetters', metrics));
  }

  /** Connects, if that has not happened yet. @throws RefusedByServiceError */
  async connect(): Promise<void> {
    await calledByName('to connect', () => this.#client.connect());
  }

  /**
   * Looks whether a database that nobody has claimed may be: what is in it is of version 0.1.0, or has other names than
   * ours. `slotOf`: the slot of a key. Changes nothing.
   * @returns whether there are data of version 0.1.0
   * @throws DatabaseRefusedError, LayoutMismatchError
   */
  async mayBeClaimed(slotOf: (key: string) => number): Promise<boolean> {
    const infos = await collectionsNamed(this.#db, [...DATA_COLLECTIONS, CLAIM_COLLECTION]);
    for (const info of infos) {
      if (info.name === CLAIM_COLLECTION) {
        if (info.type === 'view' || (await this.claim.holdsMore())) {
          throw new DatabaseRefusedError(
            this.database,
            `it has a collection ${info.name} that is another one`,
          );
        }
        continue;
      }
      const collection = await found(this.#db, info);
      const foreign = await foreignIn(collection, this.#of(collection.name), false);
      if (foreign !== undefined) throw new DatabaseRefusedError(this.database, foreign);
      for (const document of await collection.sample()) {
        const key = keyOf(collection.name, document);
        if (key === undefined || document.slot === slotOf(key)) continue;
        throw new LayoutMismatchError(
          `${collection.name} in the database "${this.database}" of MONGODB_URL was written with another slot count; ` +
            'set HYBRID_SYNC_SLOTS to the one that it was written with',
        );
      }
    }
    return infos.some(({ name }) => name !== CLAIM_COLLECTION);
  }

  /**
   * Makes the indexes that are missing in a database that is ours; `follow`: whether an expiry that differs, as after a
   * change of the setting, is changed, as it is unless said.
   * @returns those made
   * @throws DatabaseRefusedError, IndexConflictError, RefusedByServiceError
   */
  async ensureIndexes({ follow = true }: { readonly follow?: boolean } = {}): Promise<MadeIndex[]> {
    const infos = await collectionsNamed(this.#db, DATA_COLLECTIONS);
    const made: MadeIndex[] = [];
    for (const name of DATA_COLLECTIONS) {
      const info = infos.find((each) => each.name === name);
      const collection = info === undefined ? undefined : await found(this.#db, info);
      const own = this.#of(name);
      const foreign = collection === undefined ? undefined : await foreignIn(collection, own, true);
      if (foreign !== undefined) throw new DatabaseRefusedError(this.database, foreign);
      const names = await ensureIndexes(this.#db, name, { own, found: collection?.indexes ?? [], follow });
      made.push(...names.map((index) => ({ collection: name, index })));
    }
    return made;
  }

  /** Answers when MongoDB does. */
  async ping(): Promise<void> {
    await this.#db.command({ ping: 1 });
  }

  /** Closes the connections, but for those of an application's own client. */
  async stop(): Promise<void> {
    await this.#leave();
  }

  #of(collection: DataCollection): OwnIndex[] {
    return this.#indexes.filter((index) => index.collection === collection);
  }
}
