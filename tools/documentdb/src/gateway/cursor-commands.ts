import { deserialize, Long, serialize } from 'bson';
import {
  type CommandCall,
  type CommandHandler,
  collectionOf,
  documentFromText,
  type GatewayState,
} from './command.js';
import { CommandError } from './command-error.js';

const COLUMNS = 'cursorpage, continuation, cursorid';

/** A command that answers with a cursor's first batch. */
function firstPage(engineFunction: string): CommandHandler {
  return async ({ db, spec }, { engine, cursors }) => {
    const [page, continuation, id] = await engine.select(engineFunction, [db, spec], COLUMNS);
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

/** Answers with a cursor's next batch. */
export async function getMore(call: CommandCall, { engine, cursors }: GatewayState): Promise<Uint8Array> {
  const id = cursorId(call);
  const cursor = cursors.find(id);
  if (cursor === undefined || cursor.db !== call.db) {
    throw new CommandError('CursorNotFound', `cursor id ${id} not found`);
  }
  const values = [call.db, call.spec, cursor.continuation];
  const [page, continuation] = await engine.select('cursor_get_more', values, 'cursorpage, continuation');
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

/** Forgets cursors, and removes the files the engine keeps for them. */
export async function killCursors(call: CommandCall, { engine, cursors }: GatewayState): Promise<Uint8Array> {
  collectionOf(call);
  const { cursors: asked } = deserialize(call.spec, { promoteLongs: false });
  if (!Array.isArray(asked) || !asked.every((id): id is Long => Long.isLong(id))) {
    throw new CommandError('TypeMismatch', 'killCursors wants an array of cursor ids, each a long');
  }
  const cursorsKilled = asked.filter((id) => cursors.close(id.toString()));
  const cursorsNotFound = asked.filter((id) => !cursorsKilled.includes(id));
  if (cursorsKilled.length > 0) {
    await engine.select('documentdb_api_internal.delete_cursors', [cursorsKilled.map(String)]);
  }
  return serialize({ cursorsKilled, cursorsNotFound, cursorsAlive: [], cursorsUnknown: [], ok: 1 });
}
