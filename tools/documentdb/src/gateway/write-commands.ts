import { type Document, deserialize, serialize } from 'bson';
import {
  type CommandCall,
  type CommandHandler,
  collectionOf,
  documentFromText,
  type GatewayState,
} from './command.js';
import { CommandError } from './command-error.js';
import { duplicateKey } from './duplicate-key.js';
import type { EnginePool, Parameter } from './engine-pool.js';
import { codeOf, errorOfSqlState, unpackSqlState } from './error-codes.js';
import { documentsIn, rawFields } from './raw-document.js';

/**
 * Inserts and updates go through the engine's `…_bulk` procedures, not through its functions of the same name. The
 * function runs a whole batch in one transaction: two batches that touch the same documents in different orders
 * deadlock there, and the engine then waits out a deadlock per document (measured: 8 clients × 200 updates of the
 * same keys did not end within minutes). The procedure gives up a lock after 20 ms and goes on document by document,
 * each in a transaction of its own, as MongoDB does (the same load: under a second). Without conflicts both are
 * equally fast. There is no such procedure for deletes, so they are sent one by one.
 */
const bulk =
  (procedure: string): Send =>
  (engine, values) =>
    engine.call(procedure, values, 3);

/** Has the engine make a write. @returns its reply, and whether all went well (`t`) */
type Send = (engine: EnginePool, values: Parameter[]) => Promise<(string | null)[]>;

/** The code of a store that has more to do than it was paid for. */
const THROTTLED = 16_500;

/** A write of many documents. Its reply passes through untouched unless something in it failed. */
function write(send: Send, operations: string): CommandHandler {
  return async (call, { engine, throttled }) => {
    if (throttled.has(collectionOf(call))) return refusal(operationsOf(call, operations).length);
    const [text, success] = await send(engine, [call.db, call.spec, call.sequence]);
    const reply = documentFromText(text);
    return success === 't' ? reply : withWireErrors(reply, call, operations);
  };
}

/** What a throttled store answers: each operation refused. */
function refusal(operations: number): Uint8Array {
  const writeErrors = Array.from({ length: operations }, (_, index) => ({
    index,
    code: THROTTLED,
    errmsg: 'Request rate is large',
  }));
  return serialize({ n: 0, nModified: 0, writeErrors, ok: 1 });
}

/** The command `insert`. */
export const insert = write(bulk('insert_bulk'), 'documents');
/** The command `update`. */
export const update = write(bulk('update_bulk'), 'updates');
const removeAtOnce = write((engine, values) => engine.select('delete', values), 'deletes');

/** Deletes: each of several in a transaction of its own, up to the first that fails where they are ordered. */
export const remove: CommandHandler = async (call, state) => {
  const deletes = operationsOf(call, 'deletes');
  if (deletes.length < 2) return removeAtOnce(call, state);
  const { deletes: _, ordered = true, ...common } = deserialize(call.spec, { promoteValues: false });
  let n = 0;
  const writeErrors: Document[] = [];
  for (const [index, each] of deletes.entries()) {
    const spec = Buffer.from(serialize({ ...common, deletes: [each] }));
    const reply = deserialize(
      await removeAtOnce({ ...call, spec, fields: rawFields(spec), sequence: null }, state),
    );
    n += Number(reply.n);
    if (!Array.isArray(reply.writeErrors)) continue;
    writeErrors.push(...reply.writeErrors.map((error: Document) => ({ ...error, index })));
    if (isTrue(ordered)) break;
  }
  return serialize({ n, ...(writeErrors.length > 0 && { writeErrors }), ok: 1 });
};

/** `ordered` as a client may write it: true, or a number that is not zero. */
function isTrue(value: unknown): boolean {
  return typeof value === 'boolean' ? value : Number(value) !== 0;
}

/** The reply with the engine's error codes turned into the wire's. */
function withWireErrors(reply: Buffer, call: CommandCall, operations: string): Uint8Array {
  const result = deserialize(reply, { promoteValues: false });
  if (!Array.isArray(result.writeErrors)) return reply;
  let sent: Document[] | undefined;
  result.writeErrors = result.writeErrors.map((error: Document) => {
    const name = errorOfSqlState(unpackSqlState(Number(error.code)));
    const errmsg = String(error.errmsg);
    if (name !== 'DuplicateKey') return { index: error.index, code: codeOf(name), errmsg };
    sent ??= operationsOf(call, operations);
    return {
      index: error.index,
      code: codeOf(name),
      ...duplicateKey(call, sent[Number(error.index)], errmsg),
    };
  });
  return serialize(result);
}

/** The operations of a write, wherever the client put them. Only needed to say more about an error. */
function operationsOf({ spec, sequence }: CommandCall, operations: string): Document[] {
  if (sequence === null) {
    const listed: unknown = deserialize(spec, { promoteValues: false })[operations];
    return Array.isArray(listed) ? listed : [];
  }
  return documentsIn(sequence).map((each) => deserialize(each, { promoteValues: false }));
}

/** Changes one document and answers with it, before or after. */
export async function findAndModify(call: CommandCall, { engine }: GatewayState): Promise<Uint8Array> {
  collectionOf(call);
  try {
    const [text] = await engine.select('find_and_modify', [call.db, call.spec]);
    return documentFromText(text);
  } catch (error) {
    if (!(error instanceof CommandError) || error.codeName !== 'DuplicateKey') throw error;
    const sent: Document = { q: deserialize(call.spec, { promoteValues: false }).query };
    const { errmsg, ...details } = duplicateKey(call, sent, error.message);
    throw new CommandError('DuplicateKey', errmsg, { details });
  }
}
