import type { ToolName, ToolResult } from '@hybrid-sync/tool-contract';
import { commandName } from '@hybrid-sync/tool-contract';
import { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import { discardCommand } from './ask-first.js';
import type { CommandContext } from './command-context.js';
import {
  deletePrefixCommand,
  importCommand,
  repairCommand,
  restoreCommand,
  verifyCommand,
} from './long-task.js';
import { scanCommand } from './scan.js';
import { settingsGetCommand, settingsResetCommand, settingsSetCommand } from './settings.js';
import { statsCommand } from './stats.js';
import { TOOL_NAMES, type ToolCommand, toolCommand } from './tool-command.js';

/** Commands that do more than call their tool once: each gets the one that would be generated, and completes it. */
const BY_HAND: Partial<Record<ToolName, (tool: ToolCommand, context: CommandContext) => void>> = {
  kv_scan: scanCommand,
  kv_del_prefix: deletePrefixCommand,
  hybrid_sync_stats: statsCommand,
  hybrid_sync_settings: settingsGetCommand,
  hybrid_sync_settings_set: settingsSetCommand,
  hybrid_sync_settings_reset: settingsResetCommand,
  hybrid_sync_discard_dead_letters: discardCommand,
  verify_cache_sync: verifyCommand,
  force_sync_repair: repairCommand,
  restore_cache: restoreCommand,
  import_plain_keys: importCommand,
};

/** Which answers are a no, though nothing failed. */
const SAYS_NO: { readonly [Name in ToolName]?: (answer: ToolResult<Name>) => boolean } = {
  kv_get: ({ found }) => !found,
  kv_ttl: ({ found }) => !found,
  kv_batch: ({ failed }) => failed > 0,
  hybrid_sync_wait: ({ reached }) => !reached,
  verify_cache_sync: ({ health }) => health !== 'HEALTHY',
  verify_key_sync: ({ state }) => state !== 'IN_SYNC',
  get_cache_ttl_info: ({ agree }) => !agree,
  force_sync_repair: ({ done, storeAway }) => done.failed > 0 || storeAway !== null,
  restore_cache: ({ stopped }) => stopped !== null,
  import_plain_keys: ({ stopped }) => stopped !== null,
};

/** What is said of commands that have others below them. */
const PARENTS: Readonly<Record<string, { summary: string; description: string }>> = {
  settings: {
    summary: 'See and change settings',
    description: 'Shows the settings in force, and changes them while all processes run.',
  },
};

/** Headings of the help by how a tool's name begins. */
const GROUPS: readonly (readonly [prefix: string, heading: string])[] = [
  ['kv_', 'Keys and values:'],
  ['hybrid_sync_', 'Synchronization:'],
  ['', 'Cache and shadows compared:'],
];

/**
 * Brings a command for every tool to the program, in the order of the contract. One that stands below another is found
 * by its tool's name, too, which the help does not list twice.
 */
export function addToolCommands(program: Command, context: CommandContext): void {
  const parents = new Map<string, Command>();
  for (const name of TOOL_NAMES) {
    const heading = GROUPS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? '';
    const [first = '', below] = commandName(name).split(' ');
    const command = completed(name, toolCommand(name, context), context);
    if (below === undefined) {
      program.addCommand(command.helpGroup(heading));
      continue;
    }
    program.addCommand(completed(name, toolCommand(name, context, name), context), { hidden: true });
    const parent = parents.get(first) ?? parentCommand(first).helpGroup(heading);
    if (!parents.has(first)) program.addCommand(parent);
    parents.set(first, parent.addCommand(command, { isDefault: parent.commands.length === 0 }));
  }
}

function completed(name: ToolName, tool: ToolCommand, context: CommandContext): Command {
  const byHand = BY_HAND[name];
  if (byHand !== undefined) byHand(tool, context);
  else callOnce(name, tool, context);
  return tool.command;
}

/** A command whose tools are commands below it; the first of them runs where none is named. */
function parentCommand(name: string): Command {
  const { summary, description } = PARENTS[name] ?? { summary: name, description: name };
  return new Command(name).summary(summary).description(description).helpCommand(false);
}

function callOnce(name: ToolName, tool: ToolCommand, context: CommandContext): void {
  const saysNo = SAYS_NO[name] as ((answer: object) => boolean) | undefined;
  tool.command.action(async (words: string[]) => {
    const answer = await tool.call(words);
    context.show(tool.title, answer);
    // What an api of another version answers may be beyond this one; that it is no failure is known all the same.
    const known = tool.output.safeParse(answer);
    if (known.success && saysNo?.(known.data)) context.exitCode = EXIT.no;
  });
}
