import { Long, serialize } from 'bson';
import { loginFieldsOf } from './access-commands.js';
import type { CommandHandler } from './command.js';
import { CommandError } from './command-error.js';
import { MAX_MESSAGE_BYTES } from './frame-reader.js';

/** The MongoDB version whose commands these are, and its wire version. The driver asks for at least 9. */
const VERSION = '7.0.0';
const WIRE_VERSION = 21;
/** Largest document, in bytes. */
const MAX_BSON_BYTES = 16 * 1024 * 1024;
/** Most operations in one write: the engine's own limit (its default `maxWriteBatchSize`). */
const MAX_WRITE_BATCH = 25_000;
const SESSION_TIMEOUT_MINUTES = 30;

const ok = serialize({ ok: 1 });

/**
 * Who answers here: a stand-alone server. That is the honest description of one node without an oplog, and it decides
 * what drivers send: sessions yes, retryable writes and transactions no (they need a replica set). While the engine
 * can't be reached there is no answer at all, so that a driver sees a server that is down, not one that fails.
 */
export const hello: CommandHandler = async ({ name, spec }, { engine, connectionId, access }) => {
  await engine.probe();
  return serialize({
    [name === 'hello' ? 'isWritablePrimary' : 'ismaster']: true,
    helloOk: true,
    maxBsonObjectSize: MAX_BSON_BYTES,
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxWriteBatchSize: MAX_WRITE_BATCH,
    localTime: new Date(),
    logicalSessionTimeoutMinutes: SESSION_TIMEOUT_MINUTES,
    connectionId,
    minWireVersion: 0,
    maxWireVersion: WIRE_VERSION,
    readOnly: false,
    ...loginFieldsOf(spec, access),
    ok: 1,
  });
};

/** Asks the engine too: a gateway without an engine is not alive. */
export const ping: CommandHandler = async (_call, { engine }) => {
  await engine.probe();
  return ok;
};

/** Nothing is kept per session, so there is nothing to end. */
export const endSessions: CommandHandler = async () => ok;

/** Which release of MongoDB the gateway says that it is. */
export const buildInfo: CommandHandler = async () =>
  serialize({
    version: VERSION,
    versionArray: [7, 0, 0, 0],
    modules: ['documentdb'],
    bits: 64,
    maxBsonObjectSize: MAX_BSON_BYTES,
    ok: 1,
  });

/** There are no parameters here. */
export const getParameter: CommandHandler = async ({ name }) => {
  throw new CommandError('InvalidOptions', `${name}: no option found to get`);
};

const startedAt = Date.now();

/** The few fields of serverStatus that tools read to see who is there. */
export const serverStatus: CommandHandler = async (_call, { engine, cursors }) => {
  await engine.probe();
  return serialize({
    version: VERSION,
    process: 'hybrid-sync gateway to DocumentDB',
    pid: Long.fromNumber(process.pid),
    uptime: (Date.now() - startedAt) / 1000,
    localTime: new Date(),
    metrics: { cursor: { open: { total: Long.fromNumber(cursors.size) } } },
    ok: 1,
  });
};
