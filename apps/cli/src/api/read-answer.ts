import { CommandFailure, UnreachableError } from '../errors.js';
import { EXIT, type ExitCode } from '../exit-codes.js';

/** The exit codes of the api's error codes; of all others it is {@link EXIT.no}. */
const EXIT_CODE_OF: Readonly<Record<string, ExitCode>> = {
  INVALID_INPUT: EXIT.usage,
  BODY_TOO_LARGE: EXIT.usage,
  UNAUTHORIZED: EXIT.notAuthorised,
  FORBIDDEN: EXIT.notAuthorised,
};

/** Said by a process of this system, but not by an api. */
const NO_SUCH_ROUTE = new Set(['NOT_FOUND', 'METHOD_NOT_ALLOWED']);

/** What to do about an error of the api. */
const HINTS: Readonly<Record<string, string>> = {
  UNAUTHORIZED:
    'give a token by --token-file <file> or HYBRID_SYNC_TOKEN; "hybrid-sync token create" makes one',
  BODY_TOO_LARGE: 'MAX_VALUE_BYTES of the api says how long a value may be',
  REVISION_CONFLICT: 'see "hybrid-sync settings get" and "hybrid-sync settings history"',
  NOT_CACHED:
    'see "hybrid-sync verify-key key=<key>"; "hybrid-sync repair key=<key>" brings back what the shadow store holds',
  JOURNAL_FULL: 'MongoDB has been away for long; once it is back, the projector makes room',
  NOT_REPLICATED:
    'the write is made; are the replicas of Redis connected? see INFO replication, and app.journal.wait-replicas',
  CACHE_UNAVAILABLE: 'is Redis running? the api says at /readyz, to who has a token, where it looks for it',
  STORE_UNAVAILABLE: 'is MongoDB running? the api says at /readyz, to who has a token, where it looks for it',
};

/** A reply over HTTP. */
export interface Reply {
  readonly status: number;
  readonly text: string;
  /** From the header of that name, where it holds seconds. */
  readonly retryAfterSec?: number | undefined;
}

/**
 * What a tool answered.
 * @throws CommandFailure the api's refusal or failure; UnreachableError when the reply is not of an api
 */
export function answerIn(reply: Reply, url: string): Record<string, unknown> {
  const { result, error, ...problem } = objectIn(reply.text);
  if (typeof problem.code === 'string') {
    if (NO_SUCH_ROUTE.has(problem.code)) throw notAnApi(reply, url);
    throw refused(problem.code, problem.detail, { ...problem, retryAfterSec: reply.retryAfterSec });
  }
  const { code, message } = asObject(error);
  if (reply.status === 413) throw refused('BODY_TOO_LARGE', 'what was sent is larger than the api takes', {});
  if (typeof code === 'number') throw protocolError(asText(message, `error ${code}`), url);
  const { isError, structuredContent, content } = asObject(result);
  if (isError === true) throw toolError(content, () => notAnApi(reply, url));
  if (structuredContent === undefined) throw notAnApi(reply, url);
  return asObject(structuredContent);
}

/**
 * What a tool answered over its own route.
 * @throws CommandFailure the api's refusal or failure; UnreachableError when the reply is not of an api
 */
export function plainAnswerIn(reply: Reply, url: string): Record<string, unknown> {
  const answer = objectIn(reply.text);
  return reply.status === 200 && Object.keys(answer).length > 0 ? answer : answerIn(reply, url);
}

/** An error of a tool is told as JSON in its text: `{success, tool, error: {code, message, ...}}`. */
function toolError(content: unknown, otherwise: () => Error): Error {
  const [first] = Array.isArray(content) ? content : [];
  const { text } = asObject(first);
  const error = asObject(objectIn(typeof text === 'string' ? text : '').error);
  return typeof error.code === 'string' ? refused(error.code, error.message, error) : otherwise();
}

function refused(code: string, message: unknown, details: Readonly<Record<string, unknown>>): CommandFailure {
  const { field, version, shadow, revision, retryAfterSec } = details;
  return new CommandFailure(code, EXIT_CODE_OF[code] ?? EXIT.no, asText(message, code), {
    hint: HINTS[code],
    ...(typeof field === 'string' ? { field } : {}),
    ...(typeof version === 'number' || version === null ? { version } : {}),
    ...(typeof shadow === 'object' && shadow !== null ? { shadow } : {}),
    ...(typeof revision === 'number' ? { revision } : {}),
    ...(typeof retryAfterSec === 'number' ? { retryAfterSec } : {}),
  });
}

/** The api did not take the message: with the same contract on both sides, only another version of it does that. */
function protocolError(message: string, url: string): CommandFailure {
  return new CommandFailure('PROTOCOL', EXIT.no, `the api at ${url} does not take this call: ${message}`, {
    hint: 'does it have the version of this command? compare with hybrid-sync --version',
  });
}

function notAnApi({ status, text }: Reply, url: string): UnreachableError {
  const what =
    text === '' ? '' : objectIn(text).result === undefined ? '' : ', a JSON-RPC result without content';
  return new UnreachableError(
    `what answers at ${url} is no hybrid-sync api (HTTP ${status}${what})`,
    status === 502 || status === 503 || status === 504
      ? 'a proxy in front of the api may not reach it: is the api running?'
      : 'say with --url where the api is; the projector, on a port of its own, is not it',
  );
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

function asText(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value : otherwise;
}
