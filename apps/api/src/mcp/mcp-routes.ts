import type { IncomingHttpHeaders } from 'node:http';
import { RefusalError, sendProblem } from '@hybrid-sync/service-host';
import { FairPlaces, type QuestionBox } from '@hybrid-sync/sync-core';
import { DEFAULT_LIMITS, type Limits } from '@hybrid-sync/tool-contract';
import { ProtocolErrorCode, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/server';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimitFor, bodyLimitOf, MESSAGE_LIMIT } from '../http/body-limits.js';
import { callerGone } from '../http/caller-gone.js';
import { type BodyFault, bodyFault, sendFault } from './body-fault.js';
import type { McpServerFactory } from './mcp-server.js';
import { type Message, type PlainMessage, parseMessage, parsePlain } from './message-fault.js';
import { CONNECTION_CLOSED, plainExchange } from './plain-exchange.js';
import { isStateless, STATELESS_VERSION, StatelessMcp, VERSION_HEADER } from './stateless-mcp.js';
import { bringAnswer, canBeAsked, sessionFor, streamedCall } from './streamed-call.js';
import { authInfoOf } from './tool-caller.js';

/** Requests that wait for their answer at the same time, at most, unless told otherwise. */
const MAX_WAITING = 10_000;
/** Seconds after which a client that found no place may try again. */
const RETRY_AFTER_S = 1;
/** The revisions of the protocol that are spoken here. */
const SPOKEN = [STATELESS_VERSION, ...SUPPORTED_PROTOCOL_VERSIONS];
/** Any token will do; what a tool needs beyond that is checked where it is called. */
const FOR_READERS = { access: 'read' } as const;
/** Who a client of the older era is, as it was told when it greeted. */
const SESSION_HEADER = 'mcp-session-id';
/** What a client has to take: every answer is one JSON object. */
const JSON_ACCEPTED = /(?:^|[,\s])(?:application\/(?:json|\*)|\*\/\*)\s*(?:[;,]|$)/i;

/** What the routes need. */
export interface McpRouteOptions {
  readonly factory: McpServerFactory;
  /** Where answers to questions go between pods; without it, clients of the older era are asked nothing. */
  readonly questions?: QuestionBox;
  /** Posts that wait for their answers at the same time, at most; unless said, 10,000. */
  readonly maxWaiting?: number;
  /** How long keys and values may be; the defaults unless said. */
  readonly limits?: Limits;
}

/**
 * MCP over HTTP: `/mcp` is Streamable HTTP of both eras, the one that greets and the stateless one of 2026-07-28. No pod
 * remembers a client, so any can answer any request; `/mcp/message` takes one plain post and answers it.
 */
export async function mcpRoutes(
  app: FastifyInstance,
  { factory, questions, maxWaiting = MAX_WAITING, limits = DEFAULT_LIMITS }: McpRouteOptions,
): Promise<void> {
  const places = new FairPlaces(maxWaiting);
  const stateless = new StatelessMcp(factory);
  const ending = new AbortController();
  // Closing waits for every request under way: a subscription never ends by itself, and a user may think for minutes.
  app.addHook('preClose', () => {
    ending.abort();
    return stateless.endSubscriptions();
  });
  app.addHook('onClose', () => stateless.stop());

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
  /** A place until the connection ends, which it may have done while the request was counted. */
  const holdPlace = (request: FastifyRequest, { raw }: FastifyReply) => {
    const giveBack = takePlace(request);
    if (raw.destroyed) giveBack();
    else raw.once('close', giveBack);
  };
  const answer = async (message: PlainMessage, request: FastifyRequest, reply: FastifyReply) => {
    if (request.bodyBytes > mostBytes(message)) return sendFault(reply, tooLarge(message));
    const giveBack = takePlace(request);
    try {
      const authInfo = authInfoOf(request.caller, request.id);
      return await plainExchange(
        factory.create(),
        message,
        message.id ?? null,
        authInfo,
        callerGone(reply)(),
      );
    } finally {
      giveBack();
    }
  };

  /** Whether a call of the older era gains by a stream, which its client has to take: it is told of progress, or asked. */
  const gainsByStream = ({ id, method, params }: Message, { accept = '', ...headers }: IncomingHttpHeaders) =>
    id !== undefined &&
    method === 'tools/call' &&
    accept.includes('text/event-stream') &&
    (params?._meta?.progressToken !== undefined ||
      (factory.asksBefore(String(params?.name)) && canBeAsked(headers[SESSION_HEADER])));
  const stream = async (message: Message, request: FastifyRequest, reply: FastifyReply) => {
    const answered = await streamedCall(
      factory.create(),
      { ...message, id: message.id ?? 0 },
      {
        authInfo: authInfoOf(request.caller, request.id),
        questions: canBeAsked(request.headers[SESSION_HEADER]) ? questions : undefined,
        gone: callerGone(reply)(),
        ending: ending.signal,
      },
    );
    return reply.header('cache-control', 'no-cache').type('text/event-stream').send(answered);
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
    if (message === undefined) {
      if (request.bodyBytes > MESSAGE_LIMIT) return sendFault(reply, tooLarge({}));
      if (questions !== undefined) await bringAnswer(request.body, request.caller.name, questions);
      return reply.code(202).send();
    }
    // Nobody waits for an answer to a notification of the older era.
    if (message.id === undefined && !isOfStatelessEra) return reply.code(202).send();
    if (isOfStatelessEra || gainsByStream(message, request.headers)) {
      if (request.bodyBytes > mostBytes(message)) return sendFault(reply, tooLarge(message));
      holdPlace(request, reply);
      return isOfStatelessEra ? stateless.answer(message, request, reply) : stream(message, request, reply);
    }
    if (message.method === 'initialize' && questions !== undefined) {
      const session = sessionFor(message.params);
      if (session !== undefined) reply.header(SESSION_HEADER, session);
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
function headerFault({ headers }: FastifyRequest, message: Message | undefined): BodyFault | undefined {
  const { accept = '*/*', [VERSION_HEADER]: version } = headers;
  if (!JSON_ACCEPTED.test(accept)) return refusal(406, 'Accept: must have application/json');
  // A greeting is where both sides agree on a version.
  const isSpoken =
    version === undefined || message?.method === 'initialize' || SPOKEN.includes(String(version));
  if (isSpoken) return undefined;
  return refusal(400, `MCP-Protocol-Version: must be one of ${SPOKEN.join(', ')}`);
}

function refusal(status: number, message: string): BodyFault {
  return { status, id: null, code: CONNECTION_CLOSED, message };
}

function tooLarge({ id }: Pick<PlainMessage, 'id'>): BodyFault {
  const message = 'body: is over the limit of what is asked for';
  return { status: 413, id: id ?? null, code: ProtocolErrorCode.InvalidRequest, message, field: 'body' };
}

function overloaded(waiting: number): RefusalError {
  return new RefusalError('OVERLOADED', `${waiting} requests wait for their answers already`, undefined, {
    'retry-after': String(RETRY_AFTER_S),
  });
}
