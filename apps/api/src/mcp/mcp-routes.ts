import { RefusalError, sendProblem } from '@hybrid-sync/service-host';
import { Places } from '@hybrid-sync/sync-core';
import { DEFAULT_LIMITS, type Limits } from '@hybrid-sync/tool-contract';
import { ProtocolErrorCode, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimitFor, bodyLimitOf, MESSAGE_LIMIT } from '../http/body-limits.js';
import { callerGone } from '../http/caller-gone.js';
import { bodyFault, type Fault, sendFault } from './body-fault.js';
import type { McpServerFactory } from './mcp-server.js';
import { type Message, type PlainMessage, parseMessage, parsePlain } from './message-fault.js';
import { CONNECTION_CLOSED, exchange } from './plain-exchange.js';
import {
  isStateless,
  STATELESS_VERSION,
  StreamingMcp,
  VERSION_HEADER,
  wantsProgress,
} from './streaming-mcp.js';
import { authInfoOf } from './tool-caller.js';

/** Requests that wait for their answer at the same time, at most, unless told otherwise. */
const MAX_WAITING = 10_000;
/** Seconds after which a client that found no place may try again. */
const RETRY_AFTER_S = 1;
/** The revisions of the protocol that are spoken here. */
const SPOKEN = [STATELESS_VERSION, ...SUPPORTED_PROTOCOL_VERSIONS];
/** Any token will do; what a tool needs beyond that is checked where it is called. */
const FOR_READERS = { access: 'read' } as const;
/** What a client has to take: every answer is one JSON object. */
const JSON_ACCEPTED = /(?:^|[,\s])(?:application\/(?:json|\*)|\*\/\*)\s*(?:[;,]|$)/i;

/** What the routes need. */
export interface McpRouteOptions {
  readonly factory: McpServerFactory;
  /** Posts that wait for their answers at the same time, at most; unless said, 10,000. */
  readonly maxWaiting?: number;
  /** How long keys and values may be; the defaults unless said. */
  readonly limits?: Limits;
}

/**
 * MCP over HTTP: `/mcp` is Streamable HTTP of both eras, the one that greets and the stateless one of 2026-07-28, without
 * sessions in either, so that any pod can answer any request; `/mcp/message` takes one plain post and answers it.
 */
export async function mcpRoutes(
  app: FastifyInstance,
  { factory, maxWaiting = MAX_WAITING, limits = DEFAULT_LIMITS }: McpRouteOptions,
): Promise<void> {
  const places = new Places(maxWaiting);
  const streaming = new StreamingMcp(factory);
  // Closing waits for every request under way, and a subscription never ends by itself.
  app.addHook('preClose', () => streaming.endSubscriptions());
  app.addHook('onClose', () => streaming.stop());

  app.setErrorHandler((error: FastifyError, request, reply) => {
    const fault = bodyFault(error);
    if (fault === undefined) return sendProblem(error, request, reply);
    if (error instanceof RefusalError) reply.headers(error.headers);
    if (fault.status >= 500) request.log.error({ err: error }, 'an MCP request failed');
    return sendFault(reply, fault);
  });

  const options = { config: FOR_READERS, bodyLimit: bodyLimitOf(limits) };
  const mostBytes = ({ method, params }: PlainMessage) => {
    const tool = method === 'tools/call' ? factory.tool(String(params?.name)) : undefined;
    return tool === undefined ? MESSAGE_LIMIT : bodyLimitFor(tool.input, limits);
  };
  const takePlace = ({ caller }: FastifyRequest) => {
    const giveBack = places.take(caller.name);
    if (giveBack === undefined) throw overloaded(places.taken);
    return giveBack;
  };
  const answer = async (message: PlainMessage, request: FastifyRequest, reply: FastifyReply) => {
    if (request.bodyBytes > mostBytes(message)) return sendFault(reply, tooLarge(message));
    const giveBack = takePlace(request);
    try {
      const authInfo = authInfoOf(request.caller, request.id);
      return await exchange(
        factory.create('greeting'),
        message,
        message.id ?? null,
        authInfo,
        callerGone(reply)(),
      );
    } finally {
      giveBack();
    }
  };

  app.post('/mcp/message', options, async (request, reply) => {
    const message = parsePlain(request.body);
    if ('status' in message) return sendFault(reply, message);
    // A notification asks for no answer; the guide's calls have no id either, but are requests.
    if (message.method.startsWith('notifications/')) return reply.code(202).send();
    return answer(message, request, reply);
  });

  app.post('/mcp', options, async (request, reply) => {
    const message = parseMessage(request.body);
    if (message !== undefined && 'status' in message) return sendFault(reply, message);
    const isOfStatelessEra = message !== undefined && isStateless(request.headers, message);
    const fault = isOfStatelessEra ? undefined : headerFault(request, message);
    if (fault !== undefined) return sendFault(reply, fault);
    // Nobody waits for an answer to a response or, in the older era, a notification.
    if (message === undefined || (message.id === undefined && !isOfStatelessEra))
      return reply.code(202).send();
    if (isOfStatelessEra || wantsProgress(request.headers, message)) {
      if (request.bodyBytes > mostBytes(message)) return sendFault(reply, tooLarge(message));
      reply.raw.once('close', takePlace(request));
      return isOfStatelessEra
        ? streaming.stateless(message, request, reply)
        : streaming.greeting(message, request, reply);
    }
    return answer(message, request, reply);
  });

  app.route({
    method: ['GET', 'DELETE'],
    url: '/mcp',
    config: FOR_READERS,
    handler: async (_, reply) =>
      sendFault(
        reply.header('allow', 'POST'),
        refusal(405, 'there are no sessions or server streams here: use POST'),
      ),
  });
}

/** What is wrong with the headers of Streamable HTTP. */
function headerFault({ headers }: FastifyRequest, message: Message | undefined): Fault | undefined {
  const { accept = '*/*', [VERSION_HEADER]: version } = headers;
  if (!JSON_ACCEPTED.test(accept)) return refusal(406, 'Accept: must have application/json');
  // A greeting is where both sides agree on a version.
  const isSpoken =
    version === undefined || message?.method === 'initialize' || SPOKEN.includes(String(version));
  if (isSpoken) return undefined;
  return refusal(400, `MCP-Protocol-Version: must be one of ${SPOKEN.join(', ')}`);
}

function refusal(status: number, message: string): Fault {
  return { status, id: null, code: CONNECTION_CLOSED, message };
}

function tooLarge({ id }: PlainMessage): Fault {
  const message = 'body: is over the limit of what is asked for';
  return { status: 413, id: id ?? null, code: ProtocolErrorCode.InvalidRequest, message, field: 'body' };
}

function overloaded(waiting: number): RefusalError {
  return new RefusalError('OVERLOADED', `${waiting} requests wait for their answers already`, undefined, {
    'retry-after': String(RETRY_AFTER_S),
  });
}
