import { type Document, deserialize, serialize } from 'bson';
import { answered, type CommandHandler, collectionOf, documentFromText, withCollection } from './command.js';

/** Creates a collection. That it exists already is no error, as in MongoDB since 7.0. */
export const create = answered('create_collection_view', withCollection);

/** Drops a collection. That there is none is no error, as in MongoDB since 7.0. */
export const drop: CommandHandler = async (call, { engine }) => {
  const collection = collectionOf(call);
  await engine.select('drop_collection', [call.db, collection]);
  return serialize({ ns: `${call.db}.${collection}`, ok: 1 });
};

/** Drops a database with all its collections. */
export const dropDatabase: CommandHandler = async ({ db }, { engine }) => {
  await engine.select('drop_database', [db]);
  return serialize({ dropped: db, ok: 1 });
};

/**
 * Creates indexes, and the collection if need be. The engine's other function builds them in the background, by a job that
 * looks for work every two seconds. This one holds the collection until the index is there, which for the collections here
 * is a matter of milliseconds. Its third argument lifts the rule that the collection must be new, which matters only inside
 * a transaction of several commands.
 */
export const createIndexes: CommandHandler = async (call, { engine }) => {
  collectionOf(call);
  const create = 'documentdb_api_internal.create_indexes_non_concurrently';
  const [document] = await engine.select(create, [call.db, call.spec, 't']);
  const { raw } = deserialize(documentFromText(document), { promoteValues: false }) as { raw?: Document };
  return serialize({ ...raw?.defaultShard, ok: 1 });
};

/** Drops one, several or all indexes but that of `_id`. */
export const dropIndexes: CommandHandler = async (call, { engine }) => {
  collectionOf(call);
  const [document] = await engine.call('drop_indexes', [call.db, call.spec], 1);
  const { nIndexesWas } = deserialize(documentFromText(document));
  return serialize({ nIndexesWas, ok: 1 });
};

/** Changes an index's options: `expireAfterSeconds`, `hidden`, `unique`. */
export const collMod = answered('coll_mod', (call) => [call.db, collectionOf(call), call.spec]);
