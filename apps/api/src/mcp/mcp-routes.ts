import { RefusalError, sendProblem } from '@hybrid-sync/service-host';
import { DEFAULT_LIMITS, type Limits } from '@hybrid-sync/tool-contract';
import { ErrorCode, SUPPORTED_PROTOCOL_VERSIONS } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimitFor, bodyLimitOf, MESSAGE_LIMIT } from '../http/body-limits.js';
import { callerGone } from '../http/caller-gone.js';
import { bodyFault, type Fault, sendFault } from './body-fault.js';
import type { McpServerFactory } from './mcp-server.js';
import { type Message, type PlainMessage, parseMessage, parsePlain } from './message-fault.js';
import { PlainTransport } from './plain-transport.js';
import { authInfoOf } from './tool-caller.js';

/** Any token will do; what a tool needs beyond that is checked where it is called. */
const FOR_READERS = { access: 'read' } as const;
/** What a client has to take: every answer is one JSON object. */
const JSON_ACCEPTED = /(?:^|[,\s])(?:application\/(?:json|\*)|\*\/\*)\s*(?:[;,]|$)/i;

/** What the routes need. */
export interface McpRouteOptions {
  readonly factory: McpServerFactory;
  /** Posts that wait for their answers at the same time, at most; unless said, what {@link PlainTransport} has. */
  readonly maxWaiting?: number;
  /** How long keys and values may be; the defaults unless said. */
  readonly limits?: Limits;
}

/**
 * MCP over HTTP: `/mcp` is Streamable HTTP without sessions, so that any pod can answer any request; `/mcp/message`
 * takes one plain post and answers it. One server answers both.
 */
export async function mcpRoutes(
  app: FastifyInstance,
  { factory, maxWaiting, limits = DEFAULT_LIMITS }: McpRouteOptions,
): Promise<void> {
  const transport = new PlainTransport(maxWaiting);
  const server = factory.create();
  await server.connect(transport);
  app.addHook('onClose', () => server.close());

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
  const answer = (message: PlainMessage, request: FastifyRequest, reply: FastifyReply) => {
    if (request.bodyBytes > mostBytes(message)) return sendFault(reply, tooLarge(message));
    const { method, params, id } = message;
    const authInfo = authInfoOf(request.caller, request.id);
    return transport.ask(method, params, id ?? null, authInfo, callerGone(reply)());
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
    const fault = headerFault(request, message);
    if (fault !== undefined) return sendFault(reply, fault);
    // Nobody waits for an answer to a response or a notification.
    if (message?.id === undefined) return reply.code(202).send();
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
  const { accept = '*/*', 'mcp-protocol-version': version } = headers;
  if (!JSON_ACCEPTED.test(accept)) return refusal(406, 'Accept: must have application/json');
  // A greeting is where both sides agree on a version.
  const spoken =
    version === undefined ||
    message?.method === 'initialize' ||
    SUPPORTED_PROTOCOL_VERSIONS.includes(String(version));
  if (spoken) return undefined;
  return refusal(400, `MCP-Protocol-Version: must be one of ${SUPPORTED_PROTOCOL_VERSIONS.join(', ')}`);
}

function refusal(status: number, message: string): Fault {
  return { status, id: null, code: ErrorCode.ConnectionClosed, message };
}

function tooLarge({ id }: PlainMessage): Fault {
  const message = 'body: is over the limit of what is asked for';
  return { status: 413, id: id ?? null, code: ErrorCode.InvalidRequest, message, field: 'body' };
}
