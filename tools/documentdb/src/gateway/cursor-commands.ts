import { deserialize, Long, serialize } from 'bson';
import {
  type CommandCall,
  type CommandHandler,
  collectionOf,
  documentFromText,
  type GatewayState,
} from './command.js';
import { CommandError } from './command-error.js';
import type { Statement } from './engine-pool.js';

const COLUMNS = 'cursorpage, continuation, cursorid';

/** A command that answers with a cursor's first batch. */
function firstPage(engineFunction: string): CommandHandler {
  const statement: Statement = {
    name: engineFunction,
    text: `SELECT ${COLUMNS} FROM documentdb_api.${engineFunction}($1, $2)`,
  };
  return async ({ db, spec }, { engine, cursors }) => {
    const [page, continuation, id] = await engine.run(statement, [db, spec]);
    if (continuation && id) cursors.keep(id, { db, continuation });
    return documentFromText(page);
  };
}

/** The command `find`. */
export const find = firstPage('find_cursor_first_page');
/** The command `aggregate`. */
export const aggregate = firstPage('aggregate_cursor_first_page');
/** The command `listCollections`. */
export const listCollections = firstPage('list_collections_cursor_first_page');
/** The command `listIndexes`. */
export const listIndexes = firstPage('list_indexes_cursor_first_page');

const GET_MORE: Statement = {
  name: 'cursor_get_more',
  text: 'SELECT cursorpage, continuation FROM documentdb_api.cursor_get_more($1, $2, $3)',
};

/** Answers with a cursor's next batch. */
export async function getMore(call: CommandCall, { engine, cursors }: GatewayState): Promise<Uint8Array> {
  const id = cursorId(call);
  const cursor = cursors.find(id);
  if (cursor === undefined || cursor.db !== call.db) {
    throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
  }
  const [page, continuation] = await engine.run(GET_MORE, [call.db, call.spec, cursor.continuation]);
  if (continuation) cursors.keep(id, { db: call.db, continuation });
  else cursors.close(id);
  return documentFromText(page);
}

const BSON_LONG = 18;

function cursorId({ spec, fields }: CommandCall): string {
  const first = fields[0];
  if (first?.type !== BSON_LONG)
    throw new CommandError('TypeMismatch', 'getMore wants the cursor id as a long');
  return spec.readBigInt64LE(first.valueStart).toString();
}

const DELETE_CURSORS: Statement = {
  name: 'delete_cursors',
  text: 'SELECT documentdb_api_internal.delete_cursors($1::bigint[])',
};

/** Forgets cursors, and removes the files the engine keeps for them. */
export async function killCursors(call: CommandCall, { engine, cursors }: GatewayState): Promise<Uint8Array> {
  collectionOf(call);
  const { cursors: asked } = deserialize(call.spec, { promoteLongs: false });
  if (!Array.isArray(asked) || !asked.every((id): id is Long => Long.isLong(id))) {
    throw new CommandError('TypeMismatch', 'killCursors wants an array of cursor ids, each a long');
  }
  const cursorsKilled = asked.filter((id) => cursors.close(id.toString()));
  const cursorsNotFound = asked.filter((id) => !cursorsKilled.includes(id));
  if (cursorsKilled.length > 0) await engine.run(DELETE_CURSORS, [cursorsKilled.map(String)]);
  return serialize({ cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 });
}
