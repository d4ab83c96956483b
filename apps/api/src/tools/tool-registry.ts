import type { Pod } from '@hybrid-sync/sync-core';
import { deadLettersTool } from './dead-letters.js';
import { fieldsOf } from './fields.js';
import { hybridSyncTools } from './hybrid-sync-tools.js';
import { kvTools } from './kv-tools.js';
import type { Tool } from './tool.js';

/** Every tool there is, by name. */
export function toolRegistry(pod: Pod): ReadonlyMap<string, Tool> {
  const fields = fieldsOf(pod.settings);
  const tools = [...kvTools(fields), ...hybridSyncTools(fields), deadLettersTool(fields)].map((bind) =>
    bind(pod),
  );
  return new Map(tools.map((tool) => [tool.name, tool]));
}
