import { firstFault, inPlainWords } from '@hybrid-sync/input-faults';
import { PROTOCOL_VERSION_META_KEY, ProtocolErrorCode } from '@modelcontextprotocol/server';
import { z } from 'zod';

/** What is wrong with a message, as the answer says it. */
export interface MessageFault {
  /** HTTP status: 400 where the body is no message, 200 where it is one that asks for something wrong. */
  readonly status: 200 | 400;
  /** Of the message, where it has one that can be used. */
  readonly id: string | number | null;
  readonly code: ProtocolErrorCode;
  /** The part of the message at fault. */
  readonly field: string;
  readonly message: string;
}

/** Longest id that is given back, in characters. */
const MAX_ID = 256;
const id = z.union(
  [z.string().max(MAX_ID), z.int()],
  `must be text of at most ${MAX_ID} characters or a whole number`,
);

/** What the SDK takes for the `_meta` of a request: it drops one with another, and never answers. */
const meta = z.looseObject({
  progressToken: id.optional(),
  'io.modelcontextprotocol/related-task': z.looseObject({ taskId: z.string() }).optional(),
});
const params = z.looseObject({ _meta: meta.optional() }).optional();

/** A request or, without `id`, a notification. */
const strictMessage = z.strictObject({
  jsonrpc: z.literal('2.0'),
  id: id.optional(),
  method: z.string().min(1),
  params,
});

/** The same as the guide's calls write it: `jsonrpc` may be left out, and without `id` it is a request all the same. */
const plainMessage = strictMessage.extend({ jsonrpc: z.literal('2.0').optional(), id: id.nullish() });

/** A message to `/mcp`. */
export type Message = z.output<typeof strictMessage>;
/** A message to `/mcp/message`. */
export type PlainMessage = z.output<typeof plainMessage>;

const page = z.object({ cursor: z.string().optional() }).optional();

/** The parameters that the SDK would refuse with an internal error. */
const PARAMS: Readonly<Record<string, z.ZodType>> = {
  initialize: z.object({
    protocolVersion: z.string(),
    capabilities: z.record(z.string(), z.unknown()),
    clientInfo: z.object({ name: z.string(), version: z.string() }),
  }),
  'tools/list': page,
  'resources/list': page,
  'resources/templates/list': page,
  'tools/call': z.object({ name: z.string(), arguments: z.record(z.string(), z.unknown()).optional() }),
  'prompts/list': page,
  'resources/read': z.object({ uri: z.string() }),
  'prompts/get': z.object({ name: z.string(), arguments: z.record(z.string(), z.string()).optional() }),
};

/** A message to `/mcp/message`, or what is wrong with it. */
export function parsePlain(body: unknown): PlainMessage | MessageFault {
  const parsed = plainMessage.safeParse(body, { error: inPlainWords });
  if (!parsed.success) return shapeFault(body, parsed.error);
  return paramsFault(parsed.data) ?? parsed.data;
}

/**
 * A message to `/mcp`, or what is wrong with it; undefined for a response, which has no one to go to here. One message a
 * post, as MCP has had it since revision 2025-06-18: a batch would be any number of calls for the price of one.
 */
export function parseMessage(body: unknown): Message | MessageFault | undefined {
  if (isResponse(body)) return undefined;
  const parsed = strictMessage.safeParse(body, { error: inPlainWords });
  if (!parsed.success) return shapeFault(body, parsed.error);
  return paramsFault(parsed.data) ?? parsed.data;
}

function isResponse(body: unknown): boolean {
  return typeof body === 'object' && body !== null && ('result' in body || 'error' in body);
}

function shapeFault(body: unknown, error: z.ZodError): MessageFault {
  const given = id.safeParse(Object(body).id);
  const known = given.success ? given.data : null;
  return { status: 400, id: known, code: ProtocolErrorCode.InvalidRequest, ...named(error, 'body') };
}

function paramsFault(message: PlainMessage): MessageFault | undefined {
  // Who names a revision with each request must not greet, and the SDK says so.
  const mustNotGreet = message.method === 'initialize' && message.params?._meta?.[PROTOCOL_VERSION_META_KEY];
  const isChecked = Object.hasOwn(PARAMS, message.method) && !mustNotGreet;
  const schema = isChecked ? PARAMS[message.method] : undefined;
  const parsed = schema?.safeParse(message.params, { error: inPlainWords });
  if (parsed === undefined || parsed.success) return undefined;
  return {
    status: 200,
    id: message.id ?? null,
    code: ProtocolErrorCode.InvalidParams,
    ...named(parsed.error, 'params'),
  };
}

/** The first fault with its field; `whole` is what has no field of its own. */
function named(error: z.ZodError, whole: string): Pick<MessageFault, 'field' | 'message'> {
  const fault = firstFault(error, [], 'is no part of a message');
  const field = fault.field || whole;
  return { field, message: `${field}: ${fault.message}` };
}
