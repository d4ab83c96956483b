import type { ToolName, ToolResult } from '@hybrid-sync/tool-contract';
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

/** Which answers are a no, though nothing failed. */
const SAYS_NO: { readonly [Name in ToolName]?: (answer: ToolResult<Name>) => boolean } = {
  kv_get: ({ found }) => !found,
  kv_ttl: ({ found }) => !found,
  hybrid_sync_wait: ({ reached }) => !reached,
  verify_cache_sync: ({ health }) => health !== 'HEALTHY',
  verify_key_sync: ({ state }) => state !== 'IN_SYNC',
  get_cache_ttl_info: ({ agree }) => !agree,
  force_sync_repair: ({ done, storeAway }) => done.failed > 0 || storeAway !== null,
  restore_cache: ({ stopped }) => stopped !== null,
  import_plain_keys: ({ stopped }) => stopped !== null,
};

/** Headings of the help by how a tool's name begins. */
const GROUPS: readonly (readonly [prefix: string, heading: string])[] = [
  ['kv_', 'Keys and values:'],
  ['hybrid_sync_', 'Synchronization:'],
  ['', 'Cache and shadows compared:'],
];

/** A command for every tool, in the order of the contract. */
export function toolCommands(context: CommandContext): Command[] {
  return TOOL_NAMES.map((name) => {
    const tool = toolCommand(name, context);
    const byHand = BY_HAND[name];
    if (byHand !== undefined) byHand(tool, context);
    else callOnce(name, tool, context);
    return tool.command.helpGroup(GROUPS.find(([prefix]) => name.startsWith(prefix))?.[1] ?? '');
  });
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
