import { type Document, EJSON } from 'bson';
import { type CommandCall, collectionOf } from './command.js';

/** What a client is told of a duplicate key. */
export interface DuplicateKeyDetails {
  readonly errmsg: string;
  /** The key's fields, where they are known. */
  readonly keyPattern?: Document;
  /** The value that was there already, where it is known. */
  readonly keyValue?: Document;
}

/** The engine names the index in the text of a write error, and nothing but its number in a command's error. */
const INDEX_NAME = /Index '(.*)'/s;

/**
 * Words a duplicate key as MongoDB does. The engine tells no key; for `_id` it follows from what was sent.
 * @param operation what the client sent: the document of an insert, or an update with its filter as `q`
 * @param engineMessage the engine's own words
 */
export function duplicateKey(
  call: CommandCall,
  operation: Document | undefined,
  engineMessage: string,
): DuplicateKeyDetails {
  const index = INDEX_NAME.exec(engineMessage)?.[1];
  const head = `E11000 duplicate key error collection: ${call.db}.${collectionOf(call)}`;
  if (index === undefined) return { errmsg: head };
  const id: unknown = index === '_id_' ? idOf(operation) : undefined;
  if (id === undefined) return { errmsg: `${head} index: ${index}` };
  return {
    errmsg: `${head} index: ${index} dup key: { _id: ${EJSON.stringify(id)} }`,
    keyPattern: { _id: 1 },
    keyValue: { _id: id },
  };
}

/** The `_id` an operation would have written; undefined where the filter holds a condition instead of a value. */
function idOf(operation: Document | undefined): unknown {
  const filter: unknown = operation?.q;
  const holder = isDocument(filter) ? filter : operation;
  const id: unknown = holder?._id;
  return isDocument(id) && Object.keys(id).some((name) => name.startsWith('$')) ? undefined : id;
}

function isDocument(value: unknown): value is Document {
  return typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}
