import type { ToolName } from '@hybrid-sync/tool-contract';
import type { Command } from 'commander';
import { EXIT } from '../exit-codes.js';
import type { CommandContext } from './command-context.js';
import { importCommand, repairCommand, restoreCommand, verifyCommand } from './long-task.js';
import { statsCommand } from './stats.js';
import { TOOL_NAMES, type ToolCommand, toolCommand } from './tool-command.js';

/** Commands that do more than call their tool once: each gets the one that would be generated, and completes it. */
const BY_HAND: Partial<Record<ToolName, (tool: ToolCommand, context: CommandContext) => void>> = {
  hybrid_sync_stats: statsCommand,
  verify_cache_sync: verifyCommand,
  force_sync_repair: repairCommand,
  restore_cache: restoreCommand,
  import_plain_keys: importCommand,
};

/** Fields of answers that say no. */
const SAYS_NO = ['found', 'reached'];

const GROUPS: readonly (readonly [prefix: string, heading: string])[] = [
  ['kv_', 'Keys and values:'],
  ['hybrid_sync_', 'Synchronization:'],
];

/** A command for every tool, in the order of the contract. */
export function toolCommands(context: CommandContext): Command[] {
  return TOOL_NAMES.map((name) => {
    const tool = toolCommand(name, context);
    (BY_HAND[name] ?? callOnce)(tool, context);
    return tool.command.helpGroup(
      GROUPS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? 'Comparing and mending both sides:',
    );
  });
}

function callOnce({ command, title, call }: ToolCommand, context: CommandContext): void {
  command.action(async (words: string[]) => {
    const result = await call(words);
    context.show(title, result);
    if (SAYS_NO.some((field) => result[field] === false)) context.exitCode = EXIT.no;
  });
}
