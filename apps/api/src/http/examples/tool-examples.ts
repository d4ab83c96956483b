import type { ToolName } from '@hybrid-sync/tool-contract';
import { KEY_EXAMPLES } from './key-examples.js';
import { OPERATOR_EXAMPLES } from './operator-examples.js';
import { PAIR_EXAMPLES } from './pair-examples.js';
import { SYNC_EXAMPLES } from './sync-examples.js';
import type { ToolExample } from './tool-example.js';

/** An example of every tool, as the OpenAPI document shows it. What changes much at once is a dry run. */
export const TOOL_EXAMPLES: { readonly [Name in ToolName]: ToolExample<Name> } = {
  ...PAIR_EXAMPLES,
  ...SYNC_EXAMPLES,
  ...OPERATOR_EXAMPLES,
  ...KEY_EXAMPLES,
};
