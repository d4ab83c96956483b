import { didYouMean } from '@hybrid-sync/input-faults';
import { Command } from 'commander';
import { ArgumentError } from '../errors.js';

/** `help [command…]`: the help of the program, or of the command that the words name. */
export function helpCommand(program: Command): Command {
  return new Command('help')
    .argument('[command...]')
    .summary('Show help for a command')
    .action((words: string[]) => {
      let command = program;
      for (const word of words) command = childOf(command, word);
      command.outputHelp();
    });
}

/** @throws ArgumentError that names the command which is near, if one is */
function childOf(parent: Command, name: string): Command {
  const child = parent.commands.find((each) => each.name() === name || each.aliases().includes(name));
  if (child !== undefined) return child;
  const names = parent.commands.map((each) => each.name());
  throw new ArgumentError(
    'command',
    `there is no command ${JSON.stringify(name)}${didYouMean(name, names)}`,
    'hybrid-sync --help lists all',
  );
}
