import {
  type CommandTerms,
  fitsArity,
  isServed,
  keyPlaces,
  MapReply,
  type Reply,
  SERVED_COMMANDS,
  SetReply,
  Status,
} from '@hybrid-sync/redis-protocol';
import { type CommandHandler, shown, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';

const NAMES = Object.keys(SERVED_COMMANDS);

/** COMMAND with its subcommands: what there is, for clients that ask before they begin. */
export const commandHandler: CommandHandler = ({ args: [subcommand, ...asked] }) => {
  const names = asked.map((name) => name.toString('latin1').toLowerCase());
  if (subcommand === undefined) return NAMES.map(infoOf);
  switch (wordIn(subcommand)) {
    case 'COUNT':
      return NAMES.length;
    case 'LIST':
      return NAMES;
    case 'INFO':
      return (names.length === 0 ? NAMES : names).map(infoOf);
    case 'GETKEYS':
      return keysOf(names[0] ?? '', asked);
    case 'DOCS':
      return new MapReply((names.length === 0 ? NAMES : names).flatMap(docsOf));
    default:
      throw new CommandError(`ERR unknown subcommand '${shown(subcommand)}'. Try COMMAND HELP.`);
  }
};

function infoOf(name: string): Reply {
  if (!isServed(name)) return null;
  const { arity, effect, keys }: CommandTerms = SERVED_COMMANDS[name];
  const flags = { reads: ['readonly'], writes: ['write'], none: [] }[effect];
  return [
    name,
    arity,
    new SetReply(flags.map((flag) => new Status(flag))),
    ...keys,
    new SetReply([]),
    [],
    [],
    [],
  ];
}

/** The keys in a whole command, as Redis tells them. @throws CommandError */
function keysOf(name: string, command: readonly Buffer[]): Reply {
  if (!isServed(name)) throw new CommandError('ERR Invalid command specified');
  const terms: CommandTerms = SERVED_COMMANDS[name];
  const places = keyPlaces(terms, command.length);
  if (terms.keys[0] === 0) throw new CommandError('ERR The command has no key arguments');
  if (!fitsArity(terms.arity, command.length)) {
    throw new CommandError('ERR Invalid number of arguments specified for command');
  }
  return places.map((place) => command[place] ?? '');
}

function docsOf(name: string): [string, Reply][] {
  if (!isServed(name)) return [];
  const { summary, since, group }: CommandTerms = SERVED_COMMANDS[name];
  const entries = [
    ['summary', summary],
    ['since', since],
    ['group', group],
  ] as const;
  return [[name, new MapReply(entries)]];
}
