import { mayAct } from '@hybrid-sync/access-tokens';
import { OK, Prose, type Reply } from '@hybrid-sync/redis-protocol';
import type { Client } from '../client.js';
import { type CommandHandler, shown, syntaxError, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';
import { clientName } from './connection-commands.js';
import { notServed, subcommandHandler } from './subcommands.js';

/** The connections that there are. */
export interface ClientRoster {
  /** All of them, in the order in which they came. */
  clients(): Iterable<Client>;
  /** Closes one at once. */
  close(client: Client): void;
  /** Notes that an administrator closed another one's connections. */
  closed(by: string, count: number): void;
}

/** CLIENT with its subcommands. Whoever is no administrator sees and closes connections of the same token only. */
export function clientHandler(roster: ClientRoster): CommandHandler {
  const visible = (client: Client) => {
    const { caller } = client;
    const isAdmin = caller !== undefined && mayAct(caller.role, 'admin');
    return [...roster.clients()].filter((other) => isAdmin || other.caller?.name === caller?.name);
  };

  const kill = (client: Client, args: readonly Buffer[]): Reply => {
    const { matches, skipMe, counts } = killFilter(args);
    const found = visible(client).filter((other) => matches(other) && !(skipMe && other === client));
    const others = found.filter((other) => other.caller?.name !== client.caller?.name);
    if (others.length > 0) roster.closed(client.caller?.name ?? '', others.length);
    for (const other of found) {
      if (other === client) client.leaving = true;
      else roster.close(other);
    }
    if (counts) return found.length;
    if (found.length === 0) throw new CommandError('ERR No such client');
    return OK;
  };

  return subcommandHandler({
    command: 'client',
    refused: REFUSED_SUBCOMMANDS,
    subcommands: {
      ID: { arity: 2, run: ({ id }) => id },
      GETNAME: { arity: 2, run: ({ name }) => (name === '' ? null : name) },
      SETNAME: {
        arity: 3,
        run: (client, [name]) => {
          client.name = clientName(name);
          return OK;
        },
      },
      SETINFO: { arity: 4, run: setInfo },
      REPLY: { arity: 3, run: chooseReplies },
      'NO-EVICT': {
        arity: 3,
        run: (client, [choice]) => {
          client.demand('admin', 'client|no-evict');
          client.mayHold = onOrOff(choice);
          return OK;
        },
      },
      // What Redis keeps does not depend on what is read here.
      'NO-TOUCH': {
        arity: 3,
        run: (_, [choice]) => {
          onOrOff(choice);
          return OK;
        },
      },
      TRACKING: {
        arity: -3,
        run: (_, [choice]) => {
          if (onOrOff(choice)) throw notServed('TRACKING', TELLS_OF_CHANGES);
          return OK;
        },
      },
      INFO: { arity: 2, run: (client) => new Prose(`${lineOf(client)}\n`) },
      LIST: {
        arity: -2,
        run: (client, args) => {
          const isAsked = listFilter(args);
          const lines = visible(client).flatMap((other) => (isAsked(other) ? `${lineOf(other)}\n` : []));
          return new Prose(lines.join(''));
        },
      },
      KILL: { arity: -3, run: kill },
    },
  });
}

const TELLS_OF_CHANGES =
  'no connection is told of keys that change; switch off the cache that the client keeps itself';
const HOLDS_OTHERS = 'no connection holds or wakes others';
/** Subcommands that Redis has and this has not, with why. */
const REFUSED_SUBCOMMANDS: ReadonlyMap<string, string> = new Map([
  ['CACHING', TELLS_OF_CHANGES],
  ['GETREDIR', TELLS_OF_CHANGES],
  ['TRACKINGINFO', TELLS_OF_CHANGES],
  ['PAUSE', HOLDS_OTHERS],
  ['UNPAUSE', HOLDS_OTHERS],
  ['UNBLOCK', HOLDS_OTHERS],
]);

/** CLIENT REPLY's words: how many commands are not answered, itself included. */
const SILENT_FOR: Readonly<Record<string, number>> = { ON: 0, SKIP: 2, OFF: Number.POSITIVE_INFINITY };

function onOrOff(argument: Buffer | undefined): boolean {
  const word = wordIn(argument);
  if (word !== 'ON' && word !== 'OFF') throw syntaxError();
  return word === 'ON';
}

function chooseReplies(client: Client, [choice]: readonly Buffer[]): Reply {
  const silent = SILENT_FOR[wordIn(choice)];
  if (silent === undefined) throw syntaxError();
  client.silent = silent === 0 ? 0 : Math.max(client.silent, silent);
  return OK;
}

function setInfo(client: Client, [attribute, value]: readonly Buffer[]): Reply {
  const field = { 'LIB-NAME': 'name', 'LIB-VER': 'version' } as const;
  const word = wordIn(attribute);
  if (word !== 'LIB-NAME' && word !== 'LIB-VER')
    throw new CommandError(`ERR Unrecognized option '${shown(attribute)}'`);
  client.library = { ...client.library, [field[word]]: clientName(value) };
  return OK;
}

/** All clients here are normal ones: there are no replicas, and nobody subscribes. */
const TYPES: ReadonlySet<string> = new Set(['NORMAL', 'MASTER', 'REPLICA', 'SLAVE', 'PUBSUB']);

/** Whether clients are of a type that Redis knows. @throws CommandError */
function typeTest(value: Buffer): () => boolean {
  const type = wordIn(value);
  if (!TYPES.has(type)) throw new CommandError(`ERR Unknown client type '${shown(value)}'`);
  return () => type === 'NORMAL';
}

function listFilter([option, ...values]: readonly Buffer[]): (client: Client) => boolean {
  if (option === undefined) return () => true;
  const word = wordIn(option);
  if (word === 'TYPE' && values.length === 1) return typeTest(values[0] as Buffer);
  if (word !== 'ID' || values.length === 0) throw syntaxError();
  const ids = new Set(values.map((value) => clientIn(value, /^-?\d{1,18}$/, 'Invalid client ID')));
  return ({ id }) => ids.has(id);
}

function killFilter(args: readonly Buffer[]): {
  matches: (client: Client) => boolean;
  skipMe: boolean;
  counts: boolean;
} {
  if (args.length === 1) {
    const address = String(args[0]);
    return { matches: (client) => client.address === address, skipMe: false, counts: false };
  }
  const tests: ((client: Client) => boolean)[] = [];
  let skipMe = true;
  for (let at = 0; at < args.length; at += 2) {
    const option = wordIn(args[at]);
    const value = args[at + 1];
    if (value === undefined) throw syntaxError();
    const text = String(value);
    if (option === 'ID') {
      const id = clientIn(value, /^[1-9]\d{0,17}$/, 'client-id should be greater than 0');
      tests.push((client) => client.id === id);
    } else if (option === 'ADDR') tests.push((client) => client.address === text);
    else if (option === 'USER') tests.push((client) => client.caller?.name === text);
    else if (option === 'TYPE') tests.push(typeTest(value));
    else if (option === 'SKIPME' && /^(yes|no)$/i.test(text)) skipMe = text.toLowerCase() === 'yes';
    else throw syntaxError();
  }
  return { matches: (client) => tests.every((test) => test(client)), skipMe, counts: true };
}

/** A connection's number, which `allowed` may be. @throws CommandError with the words of `otherwise` */
function clientIn(argument: Buffer, allowed: RegExp, otherwise: string): number {
  const text = argument.toString('latin1');
  if (!allowed.test(text)) throw new CommandError(`ERR ${otherwise}`);
  return Number(text);
}

function lineOf(client: Client): string {
  const age = Math.floor((performance.now() - client.connectedAt) / 1000);
  const { id, address, name, command, caller, protocol, library } = client;
  return (
    `id=${id} addr=${address} name=${name} age=${age} db=0 cmd=${command} user=${caller?.name ?? ''} ` +
    `resp=${protocol} lib-name=${library.name} lib-ver=${library.version}`
  );
}
