import { type Db, type MongoClient, MongoServerError } from 'mongodb';
import type { Settings } from '../config/settings.js';
import { DeadLetters } from './dead-letters.js';
import { openDatabase } from './open-database.js';
import { Outbox, type RetryRule } from './outbox.js';
import type { OutboxEvent } from './outbox-event.js';
import type { ShadowDocument } from './shadow-document.js';
import { ShadowStore } from './shadow-store.js';
import { StoreClock } from './store-clock.js';

const INDEX_OPTIONS_CONFLICT = 85;

/** The connection to MongoDB and the two stores in it. Connects with the first operation, and again after losses. */
export class MongoStore {
  readonly shadows: ShadowStore;
  readonly outbox: Outbox;
  readonly deadLetters: DeadLetters;
  readonly #client: MongoClient;
  readonly #db: Db;
  readonly #retentionMs: number;

  /** `retry`: of failed events; the settings' own unless given. */
  constructor(settings: Settings, role: string, retry: RetryRule = settings) {
    const { client, db } = openDatabase(settings, role);
    this.#client = client;
    this.#db = db;
    const clock = new StoreClock();
    client.on('serverHeartbeatSucceeded', ({ reply }) => clock.heard(reply));
    this.#retentionMs = settings.outboxRetentionMs;
    this.shadows = new ShadowStore(
      this.#db.collection<ShadowDocument>('kv_shadow'),
      settings.purgeGraceMs,
      clock,
    );
    const events = this.#db.collection<OutboxEvent>('outbox');
    this.outbox = new Outbox(events, retry, clock);
    this.deadLetters = new DeadLetters(events, clock);
  }

  /** Connects if that has not happened yet, and creates the indexes that are missing. */
  async ensureIndexes(): Promise<void> {
    await this.#client.connect();
    await this.#db
      .collection('kv_shadow')
      .createIndexes([{ name: 'purge', key: { purgeAt: 1 }, expireAfterSeconds: 0 }]);
    await this.#db.collection('outbox').createIndexes([
      {
        name: 'waiting',
        // The filter's fields lead, so that counting and finding slots read the index alone.
        key: { processed: 1, dead: 1, slot: 1, version: 1 },
        partialFilterExpression: { processed: false, dead: false },
      },
      {
        name: 'dead_letters',
        key: { dead: 1, _id: 1 },
        partialFilterExpression: { dead: true },
      },
    ]);
    await this.#ensureRetention();
  }

  /** MongoDB refuses to make an index anew with another expiry, as after a change of the setting: it has to be told. */
  async #ensureRetention(): Promise<void> {
    const name = 'retention';
    const expireAfterSeconds = Math.ceil(this.#retentionMs / 1000);
    try {
      await this.#db.collection('outbox').createIndex({ processedAt: 1 }, { name, expireAfterSeconds });
    } catch (error) {
      if (!(error instanceof MongoServerError) || error.code !== INDEX_OPTIONS_CONFLICT) throw error;
      await this.#db.command({ collMod: 'outbox', index: { name, expireAfterSeconds } });
    }
  }

  /** Answers when MongoDB does. */
  async ping(): Promise<void> {
    await this.#db.command({ ping: 1 });
  }

  /** Closes the connections. */
  async stop(): Promise<void> {
    await this.#client.close();
  }
}
