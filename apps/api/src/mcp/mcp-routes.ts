import { RefusalError, sendProblem } from '@hybrid-sync/service-host';
import { HTTP_STATUS_OF, HybridSyncError } from '@hybrid-sync/sync-core';
import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError, FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { McpServerFactory } from './mcp-server.js';
import { PlainTransport } from './plain-transport.js';
import { authInfoOf } from './tool-caller.js';

/** A post to `/mcp/message`: JSON-RPC, of which `jsonrpc` and `id` may be left out, as the guide's calls do. */
const plainMessage = z.object({
  jsonrpc: z.literal('2.0').optional(),
  id: z.union([z.string(), z.int(), z.null()]).optional(),
  method: z.string().min(1),
  params: z.record(z.string(), z.unknown()).optional(),
});

/** Any token will do; what a tool needs beyond that is checked where it is called. */
const FOR_READERS = { access: 'read' } as const;

/**
 * MCP over HTTP: `/mcp` is Streamable HTTP without sessions, so that any pod can answer any request; `/mcp/message`
 * takes one plain post and answers it.
 */
export async function mcpRoutes(
  app: FastifyInstance,
  { factory }: { factory: McpServerFactory },
): Promise<void> {
  const plain = new PlainTransport();
  const plainServer = factory.create();
  await plainServer.connect(plain);
  app.addHook('onClose', () => plainServer.close());

  app.setErrorHandler((error: FastifyError, request, reply) => {
    if (error instanceof RefusalError) return sendProblem(error, request, reply);
    const status = error instanceof HybridSyncError ? HTTP_STATUS_OF[error.code] : (error.statusCode ?? 500);
    if (status >= 500) request.log.error({ err: error }, 'an MCP request failed');
    const [code, message] =
      status === 413
        ? [ErrorCode.InvalidRequest, 'the body is over the limit']
        : status === 415
          ? [ErrorCode.InvalidRequest, 'Content-Type: must be application/json']
          : status < 500
            ? [ErrorCode.ParseError, 'the body is not valid JSON']
            : [ErrorCode.InternalError, 'the request failed; the log of the api says why'];
    return reply.code(status).send({ jsonrpc: '2.0', id: null, error: { code, message } });
  });

  app.post('/mcp/message', { config: FOR_READERS }, async (request, reply) => {
    const message = plainMessage.safeParse(request.body);
    if (!message.success) {
      const [issue] = message.error.issues;
      const field = issue?.path.join('.') || 'body';
      const error = {
        code: ErrorCode.InvalidRequest,
        message: `${field}: ${issue?.message}`,
        data: { field },
      };
      return reply.code(400).send({ jsonrpc: '2.0', id: null, error });
    }
    const { method, params, id } = message.data;
    // A notification asks for no answer; the guide's calls have no id either, but are requests.
    if (method.startsWith('notifications/')) return reply.code(202).send();
    return plain.ask(method, params, id ?? null, authInfoOf(request.caller));
  });

  app.post('/mcp', { config: FOR_READERS }, async (request, reply) => {
    const server = factory.create();
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    reply.raw.on('close', () => {
      server
        .close()
        .catch((error: unknown) => request.log.warn({ err: error }, 'an MCP server did not close'));
    });
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    const bearer = Object.assign(request.raw, { auth: authInfoOf(request.caller) });
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) reply.raw.setHeader(name, value);
    }
    reply.hijack();
    await transport.handleRequest(bearer, reply.raw, request.body);
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
