import type { IncomingHttpHeaders } from 'node:http';
import {
  createMcpHandler,
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

/** Answers requests of the stateless era, each by a server of its own. */
export class StatelessMcp {
  readonly #calls: McpHttpHandler;
  readonly #subscriptions: McpHttpHandler;

  constructor(factory: McpServerFactory) {
    const create = () => factory.create('stateless');
    this.#calls = createMcpHandler(create, { legacy: 'reject' });
    this.#subscriptions = createMcpHandler(create, { legacy: 'reject', maxSubscriptions: MAX_SUBSCRIPTIONS });
  }

  /** Answers as JSON, or as a stream where there is something to say before the answer. */
  async answer(message: Message, request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const headers = new Headers();
    for (const name of HEADERS) {
      const value = request.headers[name];
      if (value !== undefined) headers.set(name, String(value));
    }
    const handler = message.method === 'subscriptions/listen' ? this.#subscriptions : this.#calls;
    // The body was read, and bounded, before; its text is not needed again.
    const asked = new Request('http://localhost/mcp', {
      method: 'POST',
      headers,
      signal: callerGone(reply)(),
    });
    const authInfo = authInfoOf(request.caller, request.id);
    return reply.send(await handler.fetch(asked, { authInfo, parsedBody: message }));
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
