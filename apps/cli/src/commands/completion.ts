import { commandName } from '@hybrid-sync/tool-contract';
import { Argument, Command } from 'commander';
import { type CompletedCommand, SHELLS, type Shell } from '../completion/completed-command.js';
import { completionScript } from '../completion/completion-script.js';
import type { CommandContext } from './command-context.js';
import { argumentsOf, TOOL_NAMES } from './tool-command.js';

const INSTALL = `
Load it in the running shell, or in each new one from its start-up file:
  $ source <(hybrid-sync completion bash)     # ~/.bashrc
  $ source <(hybrid-sync completion zsh)      # ~/.zshrc, after compinit
  $ hybrid-sync completion fish | source      # ~/.config/fish/config.fish`;

/** `completion`: prints a script that completes commands, options and argument names in a shell. */
export function completionCommand(context: CommandContext, program: Command): Command {
  return new Command('completion')
    .summary('Print a completion script for a shell')
    .description('Prints a script that completes commands, options and the names of arguments.')
    .addArgument(new Argument('<shell>', 'the shell to print it for').choices(SHELLS))
    .addHelpText('after', INSTALL)
    .action((shell: Shell) => {
      context.print(completionScript(shell, completedCommand(program, [])));
    });
}

/** `path`: the names of the commands above it, without the program's, and its own. */
function completedCommand(command: Command, path: readonly string[]): CompletedCommand {
  const help = command.createHelp();
  const tool = TOOL_NAMES.find((name) => commandName(name) === path.join(' '));
  const choices = command.registeredArguments.flatMap(({ argChoices = [], description }) =>
    argChoices.map((word) => ({ word, summary: description })),
  );
  return {
    name: command.name(),
    options: help.visibleOptions(command).map(({ long, description, required }) => ({
      name: long ?? '',
      summary: description,
      takesValue: required,
    })),
    words: [
      ...help
        .visibleCommands(command)
        .map((sub) => ({ word: sub.name(), summary: sub.summary() || sub.description() })),
      ...choices,
    ],
    arguments: tool === undefined ? [] : argumentsOf(tool),
    commands: command.commands.map((sub) => completedCommand(sub, [...path, sub.name()])),
  };
}
