import { answered, collectionOf, withCollection } from './command.js';

/** The command `count`. */
export const count = answered('count_query', withCollection);
/** The command `distinct`. */
export const distinct = answered('distinct_query', withCollection);
/** Sizes of a collection, in bytes whatever `scale` says. */
export const collStats = answered('coll_stats', (call) => [call.db, collectionOf(call)]);
/** Sizes of a database, in bytes whatever `scale` says. */
export const dbStats = answered('db_stats', ({ db }) => [db]);
/** The databases that have a collection. */
export const listDatabases = answered('list_databases', ({ spec }) => [spec]);
