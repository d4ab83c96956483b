import * as access from './access-commands.js';
import type { CommandHandler } from './command.js';
import * as cursor from './cursor-commands.js';
import * as read from './read-commands.js';
import * as schema from './schema-commands.js';
import * as server from './server-commands.js';
import * as write from './write-commands.js';

/** Every command this gateway knows, by its name on the wire. */
const COMMANDS: Readonly<Record<string, CommandHandler>> = {
  hello: server.hello,
  isMaster: server.hello,
  ismaster: server.hello,
  ping: server.ping,
  buildInfo: server.buildInfo,
  buildinfo: server.buildInfo,
  connectionStatus: access.connectionStatus,
  saslStart: access.saslStart,
  saslContinue: access.saslContinue,
  getParameter: server.getParameter,
  serverStatus: server.serverStatus,
  endSessions: server.endSessions,
  refreshSessions: server.endSessions,
  killSessions: server.endSessions,

  find: cursor.find,
  aggregate: cursor.aggregate,
  listCollections: cursor.listCollections,
  listIndexes: cursor.listIndexes,
  getMore: cursor.getMore,
  killCursors: cursor.killCursors,

  count: read.count,
  distinct: read.distinct,
  collStats: read.collStats,
  dbStats: read.dbStats,
  listDatabases: read.listDatabases,

  insert: write.insert,
  update: write.update,
  delete: write.remove,
  findAndModify: write.findAndModify,
  findandmodify: write.findAndModify,

  create: schema.create,
  drop: schema.drop,
  dropDatabase: schema.dropDatabase,
  createIndexes: schema.createIndexes,
  dropIndexes: schema.dropIndexes,
  collMod: schema.collMod,
};

/** The handler of a command; undefined for a command that is not known here. */
export function commandNamed(name: string): CommandHandler | undefined {
  return Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
}
