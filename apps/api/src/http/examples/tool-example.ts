import type { ToolInput, ToolName, ToolResult } from '@hybrid-sync/tool-contract';

/** A call of a tool, and what it answers. No argument is a date, so that none grows old; the suite sends every one. */
export interface ToolExample<Name extends ToolName> {
  readonly arguments: ToolInput<Name>;
  readonly answer: ToolResult<Name>;
}
