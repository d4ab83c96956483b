import { MapReply, OK, type ProtocolVersion, type Reply, Status } from '@hybrid-sync/redis-protocol';
import type { Client } from '../client.js';
import { type CommandHandler, integerIn, shown, syntaxError, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';

/** What clients find out Redis' version by: that of the commands, as they are here. */
export const REDIS_VERSION = '7.0.0';

/** The commands that are about the connection itself, but for CLIENT. */
export const connectionHandlers = {
  ping: ({ args }) => {
    if (args.length > 1) throw new CommandError("ERR wrong number of arguments for 'ping' command");
    return args[0] ?? new Status('PONG');
  },

  echo: ({ args }) => args[0] ?? '',

  hello: ({ args, client }) => hello(args, client),

  auth: ({ args, client }) => {
    if (args.length > 2) throw syntaxError();
    const [token = '', name] = args.map(String).reverse();
    client.identify(token, name);
    return OK;
  },

  select: ({ args }) => {
    if (integerIn(args[0]) !== 0n) throw new CommandError('ERR DB index is out of range');
    return OK;
  },

  reset: ({ client }) => {
    client.reset();
    return new Status('RESET');
  },

  quit: ({ client }) => {
    client.leaving = true;
    return OK;
  },
} satisfies Record<string, CommandHandler>;

const CLIENT_NAME = /^[!-~]*$/;

/** A name that a connection may have. @throws CommandError */
export function clientName(bytes: Buffer | undefined): string {
  const name = String(bytes ?? '');
  if (!CLIENT_NAME.test(name)) {
    throw new CommandError('ERR Client names cannot contain spaces, newlines or special characters.');
  }
  return name;
}

function hello(args: readonly Buffer[], client: Client): Reply {
  let protocol: ProtocolVersion = client.protocol;
  let name: string | undefined;
  if (args[0] !== undefined) {
    const asked = String(args[0]);
    if (!/^\d+$/.test(asked))
      throw new CommandError('ERR Protocol version is not an integer or out of range');
    if (asked !== '2' && asked !== '3') throw new CommandError('NOPROTO unsupported protocol version');
    protocol = asked === '3' ? 3 : 2;
  }
  for (let at = 1; at < args.length; ) {
    const option = wordIn(args[at]);
    if (option === 'AUTH' && at + 2 < args.length) {
      client.identify(String(args[at + 2]), String(args[at + 1]));
      at += 3;
    } else if (option === 'SETNAME' && at + 1 < args.length) {
      name = clientName(args[at + 1]);
      at += 2;
    } else throw new CommandError(`ERR Syntax error in HELLO option '${shown(args[at])}'`);
  }
  if (client.caller === undefined) {
    throw new CommandError(
      'NOAUTH HELLO must be called with the client already authenticated, otherwise the HELLO <proto> AUTH <user> <pass> option can be used to authenticate the client and select the RESP protocol version at the same time',
    );
  }
  client.protocol = protocol;
  if (name !== undefined) client.name = name;
  return new MapReply([
    ['server', 'redis'],
    ['version', REDIS_VERSION],
    ['proto', protocol],
    ['id', client.id],
    ['mode', 'standalone'],
    ['role', 'master'],
    ['modules', []],
  ]);
}
