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
import { type CommandHandler, syntaxError, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';
import { globMatcher } from '../glob.js';
import { subcommandHandler } from './subcommands.js';

const NAMES = Object.keys(SERVED_COMMANDS);

/** COMMAND with its subcommands: what there is, for clients that ask before they begin. */
export const commandHandler: CommandHandler = (call) =>
  call.args.length === 0 ? NAMES.map(infoOf) : subcommand(call);

const subcommand = subcommandHandler({
  command: 'command',
  subcommands: {
    COUNT: { arity: 2, run: () => NAMES.length },
    LIST: { arity: -2, run: (_, filter) => listed(filter) },
    INFO: { arity: -2, run: (_, names) => asked(names).map(infoOf) },
    GETKEYS: { arity: -3, run: (_, command) => keysOf(command) },
    DOCS: { arity: -2, run: (_, names) => new MapReply(asked(names).flatMap(docsOf)) },
  },
});

/** The commands that are asked about: all, where none is named. */
function asked(names: readonly Buffer[]): readonly string[] {
  return names.length === 0 ? NAMES : names.map((name) => name.toString('latin1').toLowerCase());
}

/** COMMAND LIST with its filter. No command is of a module or in a category of ACL. @throws CommandError */
function listed([filterBy, by, value, ...more]: readonly Buffer[]): readonly string[] {
  if (filterBy === undefined) return NAMES;
  if (wordIn(filterBy) !== 'FILTERBY' || value === undefined || more.length > 0) throw syntaxError();
  const word = wordIn(by);
  if (word === 'PATTERN') return NAMES.filter(globMatcher(value.toString('latin1').toLowerCase()));
  if (word !== 'MODULE' && word !== 'ACLCAT') throw syntaxError();
  return [];
}

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
function keysOf(command: readonly Buffer[]): Reply {
  const name = command[0]?.toString('latin1').toLowerCase() ?? '';
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
