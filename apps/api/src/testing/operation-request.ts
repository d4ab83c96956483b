import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { OPERATIONS, placesOf } from '../http/operations.js';
import type { HttpRequest } from './http-request.js';
import { TOOL_CALLS } from './tool-calls.js';

const CONTRACT = toolContract();

/** A call of a tool as a request over HTTP; the call of {@link TOOL_CALLS} unless arguments are given. */
export function operationRequest(
  name: ToolName,
  args: Readonly<Record<string, unknown>> = TOOL_CALLS[name],
): HttpRequest & { readonly method: string } {
  const operation = OPERATIONS[name];
  const places = placesOf(operation, CONTRACT[name].input);
  const given = (names: readonly string[]) => Object.entries(args).filter(([each]) => names.includes(each));
  const query = new URLSearchParams(
    given(places.query).flatMap(([each, value]) =>
      [value].flat().map((one): [string, string] => [each, String(one)]),
    ),
  ).toString();
  const body = Object.fromEntries(given(places.body));
  return {
    method: operation.method,
    url: `${operation.path.replace('{key}', encodeURIComponent(String(args.key)))}${query && `?${query}`}`,
    ...(places.body.length > 0 ? { body } : {}),
  };
}
