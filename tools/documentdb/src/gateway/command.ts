import type { Access } from './access.js';
import { CommandError } from './command-error.js';
import type { CursorStore } from './cursor-store.js';
import type { EnginePool, Parameter } from './engine-pool.js';
import type { WireRequest } from './op-msg.js';
import { type RawField, rawFields, stringValue, withoutFields } from './raw-document.js';

/** What every command works with. */
export interface GatewayState {
  readonly engine: EnginePool;
  readonly cursors: CursorStore;
  /** Collections whose writes are refused now, as a throttled store does; empty but in tests. */
  readonly throttled: ReadonlySet<string>;
  /** What this connection may do. */
  readonly access: Access;
  /** Number of this connection, for `hello`. */
  readonly connectionId: number;
}

/** A command as its handler sees it. */
export interface CommandCall {
  /** The command's name as the client wrote it. */
  readonly name: string;
  /** The database it is for. */
  readonly db: string;
  /** The command without the fields that mean nothing to the engine. */
  readonly spec: Buffer;
  /** The fields of `spec`. */
  readonly fields: readonly RawField[];
  /** Documents sent beside the command, end to end. */
  readonly sequence: Buffer | null;
}

/** Answers one command with a BSON document. */
export type CommandHandler = (call: CommandCall, state: GatewayState) => Promise<Uint8Array>;

/**
 * Fields any command may carry, dropped before the engine sees it. Sessions and cluster time mean nothing to a
 * stand-alone server; every acknowledged write is durable before its reply (`w: majority` and `j: true` need nothing
 * more) and every read sees it (any read concern is met); there is one node to read from. `comment` is for logs.
 */
const NOT_FOR_THE_ENGINE: ReadonlySet<string> = new Set([
  '$db',
  'lsid',
  '$clusterTime',
  'txnNumber',
  'writeConcern',
  'readConcern',
  '$readPreference',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  'comment',
]);

/** Fields of a transaction. To drop them would run its parts one by one, so such a command is refused. */
const OF_A_TRANSACTION: ReadonlySet<string> = new Set(['startTransaction', 'autocommit']);

/**
 * Reads what the request asks for.
 * @throws CommandError for a command in a transaction, and for one without a name or database
 */
export function readCall(request: WireRequest): CommandCall {
  const fields = rawFields(request.body);
  const name = fields[0]?.name;
  if (name === undefined) throw new CommandError('FailedToParse', 'a command has no fields');
  if (fields.some((field) => OF_A_TRANSACTION.has(field.name))) {
    throw new CommandError(
      'IllegalOperation',
      'Transaction numbers are only allowed on a replica set member',
    );
  }
  const dbField = fields.find((field) => field.name === '$db');
  const db = dbField === undefined ? undefined : stringValue(request.body, dbField);
  if (db === undefined && request.replyAs === 'msg') {
    throw new CommandError('FailedToParse', 'OP_MSG requests require a $db argument');
  }
  const spec = withoutFields(request.body, fields, NOT_FOR_THE_ENGINE);
  return {
    name,
    db: db ?? 'admin',
    spec,
    fields: spec === request.body ? fields : rawFields(spec),
    sequence: onlySequence(request),
  };
}

function onlySequence({ sequences }: WireRequest): Buffer | null {
  if (sequences.size > 1) throw new CommandError('FailedToParse', 'a command with two document sequences');
  for (const sequence of sequences.values()) return sequence;
  return null;
}

/**
 * The collection a command names in its first field.
 * @throws CommandError InvalidNamespace when that is not a name
 */
export function collectionOf({ spec, fields, name }: CommandCall): string {
  const first = fields[0];
  const collection = first === undefined ? undefined : stringValue(spec, first);
  if (!collection) throw new CommandError('InvalidNamespace', `${name} needs the name of a collection`);
  return collection;
}

/** Prefix of a document in the engine's text form. */
const HEX_PREFIX = 'BSONHEX';

/** A document from the engine's text form. */
export function documentFromText(text: string | null | undefined): Buffer {
  if (!text?.startsWith(HEX_PREFIX))
    throw new CommandError('InternalError', 'the engine returned no document');
  return Buffer.from(text.slice(HEX_PREFIX.length), 'hex');
}

/** A command that a function of the engine answers with one document. `parameters`: what that takes of a call. */
export function answered(
  engineFunction: string,
  parameters: (call: CommandCall) => Parameter[],
): CommandHandler {
  return async (call, { engine }) => {
    const [document] = await engine.select(engineFunction, parameters(call));
    return documentFromText(document);
  };
}

/** A call's database and spec. @throws CommandError InvalidNamespace when it names no collection */
export function withCollection(call: CommandCall): Parameter[] {
  collectionOf(call);
  return [call.db, call.spec];
}
