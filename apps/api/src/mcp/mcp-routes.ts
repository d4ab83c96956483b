import { RefusalError, sendProblem } from '@hybrid-sync/service-host';
import { InvalidInputError } from '@hybrid-sync/sync-core';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError, FastifyInstance, FastifyReply } from 'fastify';
import { callerGone } from '../http/caller-gone.js';
import type { McpServerFactory } from './mcp-server.js';
import { faultOf, type MessageFault, parsePlain } from './message-fault.js';
import { PlainTransport } from './plain-transport.js';
import { authInfoOf } from './tool-caller.js';

/** Any token will do; what a tool needs beyond that is checked where it is called. */
const FOR_READERS = { access: 'read' } as const;

/** What the routes need. */
export interface McpRouteOptions {
  readonly factory: McpServerFactory;
  /** Plain posts that wait for their answers at the same time, at most; unless said, what {@link PlainTransport} has. */
  readonly maxWaiting?: number;
}

/**
 * MCP over HTTP: `/mcp` is Streamable HTTP without sessions, so that any pod can answer any request; `/mcp/message`
 * takes one plain post and answers it.
 */
export async function mcpRoutes(
  app: FastifyInstance,
  { factory, maxWaiting }: McpRouteOptions,
): Promise<void> {
  const plain = new PlainTransport(maxWaiting);
  const plainServer = factory.create();
  await plainServer.connect(plain);
  app.addHook('onClose', () => plainServer.close());

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof RefusalError) return sendProblem(error, request, reply);
    const fault = bodyFault(error);
    if (fault.status >= 500) request.log.error({ err: error }, 'an MCP request failed');
    return sendFault(reply, fault);
  });

  app.post('/mcp/message', { config: FOR_READERS }, async (request, reply) => {
    const message = parsePlain(request.body);
    if ('status' in message) return sendFault(reply, message);
    const { method, params, id } = message;
    // A notification asks for no answer; the guide's calls have no id either, but are requests.
    if (method.startsWith('notifications/')) return reply.code(202).send();
    const authInfo = authInfoOf(request.caller, request.id);
    return plain.ask(method, params, id ?? null, authInfo, callerGone(reply));
  });

  app.post('/mcp', { config: FOR_READERS }, async (request, reply) => {
    const fault = faultOf(request.body);
    if (fault !== undefined) return sendFault(reply, fault);
    const server = factory.create();
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    reply.raw.on('close', () => {
      server
        .close()
        .catch((error: unknown) => request.log.warn({ err: error }, 'an MCP server did not close'));
    });
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    const bearer = Object.assign(request.raw, { auth: authInfoOf(request.caller, request.id) });
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    await transport.handleRequest(bearer, reply.raw, request.body);
    return undefined;
  });

  app.route({
    method: ['GET', 'DELETE'],
    url: '/mcp',
    config: FOR_READERS,
    handler: async (_, reply) =>
      reply
        .code(405)
        .header('allow', 'POST')
        .send({
          jsonrpc: '2.0',
          id: null,
          error: {
            code: ErrorCode.ConnectionClosed,
            message: 'there are no sessions or server streams here: use POST',
          },
        }),
  });
}

/** What is told of a request that did not become a message. */
type Fault = Pick<MessageFault, 'code' | 'message'> & {
  readonly status: number;
  readonly id: MessageFault['id'];
  readonly field?: string;
};

function sendFault(reply: FastifyReply, { status, id, code, message, field }: Fault) {
  const data = field === undefined ? {} : { data: { field } };
  return reply.code(status).send({ jsonrpc: '2.0', id, error: { code, message, ...data } });
}

/** What is wrong with a body that could not be read, or that the reading of it failed. */
function bodyFault(error: FastifyError): Fault {
  const status = error instanceof InvalidInputError ? 400 : (error.statusCode ?? 500);
  const fault = (code: ErrorCode, field: string, rule: string) => ({
    status,
    id: null,
    code,
    field,
    message: `${field}: ${rule}`,
  });
  if (error instanceof InvalidInputError) {
    return { status, id: null, code: ErrorCode.ParseError, field: error.field, message: error.message };
  }
  if (status === 413) return fault(ErrorCode.InvalidRequest, 'body', 'is over the limit');
  if (status === 415) return fault(ErrorCode.InvalidRequest, 'Content-Type', 'must be application/json');
  if (status < 500) {
    return fault(
      ErrorCode.ParseError,
      'body',
      'must be valid JSON, without the keys __proto__ and constructor.prototype',
    );
  }
  const message = 'the request failed; the log of the api says why';
  return { status, id: null, code: ErrorCode.InternalError, message };
}
