export { MAX_KEYS } from './fields.js';
export { DEFAULT_LIMITS, type Limits } from './limits.js';
export {
  type ToolArguments,
  type ToolContract,
  type ToolName,
  type ToolResult,
  toolContract,
} from './tool-contract.js';
export {
  TOOL_ROLES,
  type ToolHints,
  type ToolRole,
  type ToolTerms,
} from './tool-terms.js';
