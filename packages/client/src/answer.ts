import { type ApiError, apiErrorOf, type ClientError, NotAnApiError } from './errors.js';
import type { HttpReply } from './exchange.js';

/** Said by any process of this system: that it has no such route says that it is no api. */
const NO_SUCH_ROUTE: readonly string[] = ['NOT_FOUND', 'METHOD_NOT_ALLOWED'];
/** A condition is a header over HTTP, and an argument here. */
const ARGUMENT_OF_HEADER: Readonly<Record<string, string>> = {
  'If-Match': 'ifVersion',
  'If-None-Match': 'ifAbsent',
};

/** What is known of the call that was answered. */
export interface AskedCall {
  /** Where the api is. */
  readonly api: string;
  readonly tool: string;
  readonly key: unknown;
}

/** What a tool answered over its own route. @throws ApiError the api's refusal or failure; NotAnApiError */
export function routeAnswer(reply: HttpReply, asked: AskedCall): object {
  const answer = objectIn(reply.text);
  if (reply.status === 200 && Object.keys(answer).length > 0) return answer;
  const absent = asked.tool === 'kv_get' && answer.code === 'NOT_FOUND' && answer.field === 'key';
  if (absent) return { found: false, key: asked.key };
  throw problemIn(answer, reply, asked);
}

/** What a tool answered over JSON-RPC. @throws ApiError the api's refusal or failure; NotAnApiError */
export function messageAnswer(reply: HttpReply, asked: AskedCall): object {
  const { result, ...others } = objectIn(reply.text);
  const { isError, structuredContent, content } = asObject(result);
  if (isError !== true && structuredContent !== undefined) return asObject(structuredContent);
  // An error of a tool is told as JSON in its text: `{success, tool, error: {code, message, ...}}`.
  const [first] = Array.isArray(content) ? content : [];
  const { text } = asObject(first);
  const { message, ...error } = asObject(objectIn(typeof text === 'string' ? text : '').error);
  throw problemIn(isError === true ? { ...error, detail: message } : others, reply, asked);
}

/** What stands in an answer that is a problem of the api, or none at all. */
function problemIn(
  problem: Readonly<Record<string, unknown>>,
  reply: HttpReply,
  { api }: AskedCall,
): ClientError {
  const { code } = problem;
  if (typeof code !== 'string' || NO_SUCH_ROUTE.includes(code)) return new NotAnApiError(api, reply.status);
  return refused(code, problem, reply);
}

function refused(
  code: string,
  { detail, field, version, shadow, revision, retryAfterSec }: Readonly<Record<string, unknown>>,
  { retryAfter }: HttpReply,
): ApiError {
  const header = typeof field === 'string' ? field : undefined;
  const argument = header === undefined ? undefined : (ARGUMENT_OF_HEADER[header] ?? header);
  const message = typeof detail === 'string' ? detail : code;
  return apiErrorOf({
    code,
    message: message.startsWith(`${header}: `) ? `${argument}${message.slice(header?.length)}` : message,
    field: argument,
    version: typeof version === 'number' || version === null ? version : undefined,
    shadow: isShadow(shadow) ? shadow : undefined,
    revision: typeof revision === 'number' ? revision : undefined,
    retryAfterSec: typeof retryAfterSec === 'number' ? retryAfterSec : secondsIn(retryAfter),
  });
}

function isShadow(value: unknown): value is { state: string; version?: number } {
  return typeof value === 'object' && value !== null && 'state' in value;
}

/** A Retry-After holds seconds or a date. */
function secondsIn(retryAfter: string | null): number | undefined {
  if (retryAfter === null) return undefined;
  if (/^\d+$/.test(retryAfter)) return Number(retryAfter);
  const at = Date.parse(retryAfter);
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1000));
}

function objectIn(text: string): Record<string, unknown> {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return {};
  }
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}
