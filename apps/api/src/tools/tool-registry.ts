import type { Pod } from '@hybrid-sync/sync-core';
import { type ToolContract, type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { type AuditPlaces, audited } from './audit.js';
import { deadLetterHandlers } from './dead-letter-tools.js';
import { deletePrefixHandlers } from './delete-prefix.js';
import { historyHandlers } from './history-tools.js';
import { hybridSyncHandlers } from './hybrid-sync-tools.js';
import { inspectionHandlers } from './inspection-tools.js';
import { keyHandlers } from './key-tools.js';
import { kvHandlers } from './kv-tools.js';
import { pauseHandlers } from './pause-tool.js';
import { reconcileHandlers } from './reconcile-tools.js';
import { settingsHandlers } from './settings-tools.js';
import { checkArguments, type Tool, type ToolHandler, type ToolHandlers } from './tool.js';

/** Every tool of the contract has a handler here, or this does not compile. */
const HANDLERS: ToolHandlers = {
  ...kvHandlers,
  ...deletePrefixHandlers,
  ...pauseHandlers,
  ...hybridSyncHandlers,
  ...inspectionHandlers,
  ...settingsHandlers,
  ...historyHandlers,
  ...deadLetterHandlers,
  ...keyHandlers,
  ...reconcileHandlers,
};

/** Every tool there is, by name, in the contract's order. `audit`: where acts of administrators are told of. */
export function toolRegistry(
  pod: Pod,
  contract: ToolContract = toolContract(pod.settings),
  audit?: AuditPlaces,
): ReadonlyMap<string, Tool> {
  // Object.keys forgets the type of the keys it is given.
  const names = Object.keys(contract) as ToolName[];
  return new Map(
    names.map((name) => {
      const terms = contract[name];
      // Checked by the schema of the same name as the handler.
      const run = HANDLERS[name] as ToolHandler<ToolName>;
      const call: Tool['call'] = async (args, callTerms) =>
        run(checkArguments(terms.input, args), pod, callTerms);
      const tool: Tool = { ...terms, name, call };
      return [name, audit === undefined ? tool : audited(tool, audit)];
    }),
  );
}
