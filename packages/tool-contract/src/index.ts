export { commandName } from './command-names.js';
export { isMediaType, MAX_KEYS, MAX_OPERATIONS } from './fields.js';
export { DEFAULT_LIMITS, type Limits } from './limits.js';
export {
  type ArgumentPlaces,
  OPERATIONS,
  type Operation,
  placesOf,
  RESPOND_ASYNC,
  requestOf,
  takesBody,
} from './operations.js';
export {
  type ToolArguments,
  type ToolContract,
  type ToolInput,
  type ToolName,
  type ToolResult,
  toolContract,
} from './tool-contract.js';
export type { ToolHints, ToolTerms } from './tool-terms.js';
