import { styleText } from 'node:util';
import { Command } from 'commander';
import { DEFAULT_TIMEOUT_SEC, DEFAULT_URL } from './api/connection.js';
import { CommandContext, configureHelp } from './commands/command-context.js';
import { completionCommand } from './commands/completion.js';
import { exportCommand } from './commands/export.js';
import { helpCommand } from './commands/help.js';
import { loadCommand } from './commands/load.js';
import { mcpCommand } from './commands/mcp.js';
import { tokenCommand } from './commands/token.js';
import { addToolCommands } from './commands/tool-commands.js';
import { EXIT_CODE_HELP } from './exit-codes.js';
import type { Surroundings } from './surroundings.js';

/** Heading of the commands that are no tools. */
const OTHERS = 'Other commands:';
const HELP = `
Arguments are name=value; "hybrid-sync <command> --help" names them.
  key=a value=300     text stays as it is, also numbers
  value=@file         the value is what the file holds, every byte, as UTF-8
  value=@-            the value is what standard input holds
  value=@@home        the value is the text "@home"
  keys=a,b            a list; or as JSON keys='["a,b","c"]', or key=a,b key=c

A token is never given on the command line, where ps and the shell's history
would show it: put it into a file for --token-file, or into HYBRID_SYNC_TOKEN.

${EXIT_CODE_HELP}

Examples:
  $ hybrid-sync manual key=test value=data ttlSec=300
  $ hybrid-sync get key=test --json
  $ hybrid-sync set key=page value=@page.html
  $ hybrid-sync stats --watch
  $ hybrid-sync load < pairs.ndjson
  $ source <(hybrid-sync completion bash)`;

/** The program with all its commands, and what tells how it ended. */
export function createProgram(
  surroundings: Surroundings,
  version: string,
): { program: Command; context: CommandContext } {
  const program = new Command('hybrid-sync')
    .description(
      'Works with a running hybrid-sync api: its keys and values, and how they are synced to MongoDB.',
    )
    .usage('[options] <command> [name=value ...]')
    .version(version, '--version', 'print the version')
    .option('--url <url>', `where the api is; else HYBRID_SYNC_URL, else ${DEFAULT_URL}`)
    .option('--token-file <file>', 'file that holds the token; else HYBRID_SYNC_TOKEN')
    .option('--timeout <seconds>', `how long to wait for an answer; ${DEFAULT_TIMEOUT_SEC} unless given`)
    .option('--json', 'print one JSON document instead of tables, errors too')
    .helpOption('--help', 'show help')
    .helpCommand(false)
    .addHelpText('after', HELP);
  const context = new CommandContext(program, surroundings, version);
  addToolCommands(program, context);
  const others = [
    loadCommand(context),
    exportCommand(context),
    tokenCommand(context),
    mcpCommand(context),
    completionCommand(context, program),
    helpCommand(program),
  ];
  for (const command of others) {
    program.addCommand(command.helpGroup(OTHERS));
  }
  for (const command of withDescendants(program)) {
    configureHelp(command, surroundings);
    command
      .exitOverride()
      .helpOption('--help', 'show help')
      .configureHelp({
        ...command.configureHelp(),
        subcommandTerm: (each) => each.name(),
        // Without the aliases that commander would add.
        commandUsage: (each) =>
          `${[...ancestorsOf(each), each].map((one) => one.name()).join(' ')} ${each.usage()}`,
        showGlobalOptions: true,
        styleTitle: (title) => styleText('bold', title, { validateStream: false }),
      });
  }
  return { program, context };
}

function withDescendants(command: Command): Command[] {
  return [command, ...command.commands.flatMap(withDescendants)];
}

function ancestorsOf({ parent }: Command): Command[] {
  return parent === null ? [] : [...ancestorsOf(parent), parent];
}
