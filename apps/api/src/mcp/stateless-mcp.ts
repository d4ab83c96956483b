import type { IncomingHttpHeaders } from 'node:http';
import {
  createMcpHandler,
  type LegacyHttpHandler,
  type McpHttpHandler,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/server';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerGone } from '../http/caller-gone.js';
import type { McpServerFactory } from './mcp-server.js';
import type { Message } from './message-fault.js';
import { authInfoOf } from './tool-caller.js';

/** The first revision without a greeting. */
export const STATELESS_VERSION = '2026-07-28';
/** The header that names a request's revision. */
export const VERSION_HEADER = 'mcp-protocol-version';
/** Subscriptions that one pod holds open, at most; each keeps a connection, and there is little to tell. */
const MAX_SUBSCRIPTIONS = 100;
/** The headers that the protocol looks at. */
const HEADERS = ['content-type', 'accept', VERSION_HEADER, 'mcp-method', 'mcp-name'];

/** Whether a request is of the stateless era: it says so itself, in its `_meta` or in its header. */
export function isStateless(headers: IncomingHttpHeaders, { params }: Message): boolean {
  return (
    params?._meta?.[PROTOCOL_VERSION_META_KEY] !== undefined || headers[VERSION_HEADER] === STATELESS_VERSION
  );
}

/** Answers what is of the stateless era, as a stream where there is something to say before: each by a server of its own. */
export class StatelessMcp {
  readonly #calls: McpHttpHandler;
  readonly #subscriptions: McpHttpHandler;

  constructor(factory: McpServerFactory) {
    const create = () => factory.create();
    this.#calls = createMcpHandler(create, { legacy: 'reject' });
    this.#subscriptions = createMcpHandler(create, { legacy: 'reject', maxSubscriptions: MAX_SUBSCRIPTIONS });
  }

  /** Answers a request of the stateless era. */
  answer(message: Message, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { fetch } = message.method === 'subscriptions/listen' ? this.#subscriptions : this.#calls;
    return answered(fetch, message, request, reply);
  }

  /** Ends open subscriptions, and takes no more. */
  endSubscriptions(): Promise<void> {
    return this.#subscriptions.close();
  }

  /** Ends what is under way; to be called once nothing is. */
  stop(): Promise<void> {
    return this.#calls.close();
  }
}

/** The body was read, and bounded, before: the SDK gets the message. */
async function answered(
  handler: LegacyHttpHandler,
  message: Message,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const headers = new Headers();
  for (const name of HEADERS) {
    const value = request.headers[name];
    if (value !== undefined) headers.set(name, String(value));
  }
  const asked = new Request('http://localhost/mcp', { method: 'POST', headers, signal: callerGone(reply)() });
  const authInfo = authInfoOf(request.caller, request.id);
  const answer = await handler(asked, { authInfo, parsedBody: message });
  // How long the connection stays is the server's to say: it is told to close while the pod stops.
  answer.headers.delete('connection');
  if (answer.headers.get('content-type') !== 'application/json') return reply.send(answer);
  // What is whole goes as such: it is packed, and has its length.
  const text = await answer.text();
  return reply.code(answer.status).headers(Object.fromEntries(answer.headers)).send(text);
}
