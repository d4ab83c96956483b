import { type CommandHandler, collectionOf, documentFromText } from './command.js';

/** A command that the engine answers with one document and that leaves nothing open. */
function query(engineFunction: string): CommandHandler {
  const statement = {
    name: engineFunction,
    text: `SELECT document FROM documentdb_api.${engineFunction}($1, $2)`,
  };
  return async (call, { engine }) => {
    collectionOf(call);
    const [document] = await engine.run(statement, [call.db, call.spec]);
    return documentFromText(document);
  };
}

export const count = query('count_query');
export const distinct = query('distinct_query');

const COLL_STATS = { name: 'coll_stats', text: 'SELECT documentdb_api.coll_stats($1, $2)' };

/** Sizes of a collection, in bytes whatever `scale` says. */
export const collStats: CommandHandler = async (call, { engine }) => {
  const [document] = await engine.run(COLL_STATS, [call.db, collectionOf(call)]);
  return documentFromText(document);
};

const DB_STATS = { name: 'db_stats', text: 'SELECT documentdb_api.db_stats($1)' };

/** Sizes of a database, in bytes whatever `scale` says. */
export const dbStats: CommandHandler = async ({ db }, { engine }) => {
  const [document] = await engine.run(DB_STATS, [db]);
  return documentFromText(document);
};

const LIST_DATABASES = { name: 'list_databases', text: 'SELECT documentdb_api.list_databases($1)' };

/** The databases that have a collection. */
export const listDatabases: CommandHandler = async ({ spec }, { engine }) => {
  const [document] = await engine.run(LIST_DATABASES, [spec]);
  return documentFromText(document);
};
