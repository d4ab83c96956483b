import { requestOf, type ToolName } from '@hybrid-sync/tool-contract';
import type { TestRequest } from './http-request.js';
import { TOOL_CALLS } from './tool-calls.js';

/** A call of a tool as a request over HTTP; the call of {@link TOOL_CALLS} unless arguments are given. */
export function operationRequest(
  name: ToolName,
  args: Readonly<Record<string, unknown>> = TOOL_CALLS[name],
): TestRequest & { readonly method: string } {
  const { path, ...request } = requestOf(name, args);
  return { ...request, url: `/${path}` };
}
