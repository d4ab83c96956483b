import type { z } from 'zod';
import { deadLetterTools } from './dead-letter-tools.js';
import { fieldsOf } from './fields.js';
import { historyTools } from './history-tools.js';
import { hybridSyncTools } from './hybrid-sync-tools.js';
import { inspectionTools } from './inspection-tools.js';
import { keyTools } from './key-tools.js';
import { kvBatchTools } from './kv-batch-tools.js';
import { kvChangeTools } from './kv-change-tools.js';
import { kvPrefixTool } from './kv-prefix-tool.js';
import { kvTools } from './kv-tools.js';
import { DEFAULT_LIMITS, type Limits } from './limits.js';
import { pauseTool } from './pause-tool.js';
import { reconcileTools } from './reconcile-tools.js';
import { settingsTools } from './settings-tools.js';

/** Every tool's terms by its name, with keys and values within the limits: the settings' defaults unless given. */
export function toolContract(limits: Limits = DEFAULT_LIMITS) {
  const fields = fieldsOf(limits);
  return {
    ...kvTools(fields),
    ...kvBatchTools(fields),
    ...kvChangeTools(fields),
    ...kvPrefixTool(fields),
    ...hybridSyncTools(fields),
    ...inspectionTools(fields),
    ...settingsTools(),
    ...pauseTool(),
    ...historyTools(),
    ...deadLetterTools(fields),
    ...keyTools(fields),
    ...reconcileTools(fields),
  };
}

/** {@link toolContract}'s result. */
export type ToolContract = ReturnType<typeof toolContract>;
/** The name of a tool. */
export type ToolName = keyof ToolContract;
/** A tool's arguments as a caller gives them. */
export type ToolInput<Name extends ToolName> = z.input<ToolContract[Name]['input']>;
/** A tool's arguments once they are checked, defaults filled in. */
export type ToolArguments<Name extends ToolName> = z.output<ToolContract[Name]['input']>;
/** What a tool answers, as `structuredContent` over MCP and as the body over HTTP. */
export type ToolResult<Name extends ToolName> = z.output<ToolContract[Name]['output']>;
