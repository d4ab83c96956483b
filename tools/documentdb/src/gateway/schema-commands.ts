import { type Document, deserialize, serialize } from 'bson';
import { answered, type CommandHandler, collectionOf, documentFromText, withCollection } from './command.js';

/** Creates a collection. That it exists already is no error, as in MongoDB since 7.0. */
export const create = answered('create_collection_view', withCollection);

const DROP = { name: 'drop_collection', text: 'SELECT documentdb_api.drop_collection($1, $2)' };

/** Drops a collection. That there is none is no error, as in MongoDB since 7.0. */
export const drop: CommandHandler = async (call, { engine }) => {
  const collection = collectionOf(call);
  await engine.run(DROP, [call.db, collection]);
  return serialize({ ns: `${call.db}.${collection}`, ok: 1 });
};

const DROP_DATABASE = { name: 'drop_database', text: 'SELECT documentdb_api.drop_database($1)' };

/** Drops a database with all its collections. */
export const dropDatabase: CommandHandler = async ({ db }, { engine }) => {
  await engine.run(DROP_DATABASE, [db]);
  return serialize({ dropped: db, ok: 1 });
};

/**
 * The engine's other function builds indexes in the background, by a job that looks for work every two seconds. This
 * one holds the collection until the index is there, which for the collections here is a matter of milliseconds. Its
 * third argument lifts the rule that the collection must be new, which matters only inside a transaction of several
 * commands.
 */
const CREATE_INDEXES = {
  name: 'create_indexes',
  text: 'SELECT documentdb_api_internal.create_indexes_non_concurrently($1, $2, true)',
};

/** Creates indexes, and the collection if need be. */
export const createIndexes: CommandHandler = async (call, { engine }) => {
  collectionOf(call);
  const [document] = await engine.run(CREATE_INDEXES, [call.db, call.spec]);
  const { raw } = deserialize(documentFromText(document), { promoteValues: false }) as { raw?: Document };
  return serialize({ ...raw?.defaultShard, ok: 1 });
};

const DROP_INDEXES = {
  name: 'drop_indexes',
  text: 'CALL documentdb_api.drop_indexes($1, $2, NULL)',
  commitsOnItsWay: true,
};

/** Drops one, several or all indexes but that of `_id`. */
export const dropIndexes: CommandHandler = async (call, { engine }) => {
  collectionOf(call);
  const [document] = await engine.run(DROP_INDEXES, [call.db, call.spec]);
  const { nIndexesWas } = deserialize(documentFromText(document));
  return serialize({ nIndexesWas, ok: 1 });
};

/** Changes an index's options: `expireAfterSeconds`, `hidden`, `unique`. */
export const collMod = answered('coll_mod', (call) => [call.db, collectionOf(call), call.spec]);
