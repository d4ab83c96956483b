import { StreamableHTTPServerTransport } from '@modelcontextprotocol/sdk/server/streamableHttp.js';
import { ErrorCode } from '@modelcontextprotocol/sdk/types.js';
import type { FastifyError, FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { McpServerFactory } from './mcp-server.js';
import { PlainTransport } from './plain-transport.js';

/** A post to `/mcp/message`: JSON-RPC, of which `jsonrpc` and `id` may be left out, as the guide's calls do. */
const plainMessage = z.object({
  jsonrpc: z.literal('2.0').optional(),
  id: z.union([z.string(), z.int(), z.null()]).optional(),
  method: z.string().min(1),
  params: z.record(z.string(), z.unknown()).optional(),
});

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
    const status = error.statusCode ?? 500;
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

  app.post('/mcp/message', async (request, reply) => {
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
    return plain.ask(method, params, id ?? null);
  });

  app.post('/mcp', async (request, reply) => {
    const server = factory.create();
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    reply.raw.on('close', () => {
      server
        .close()
        .catch((error: unknown) => request.log.warn({ err: error }, 'an MCP server did not close'));
    });
    await server.connect(transport as Parameters<typeof server.connect>[0]);
    reply.hijack();
    await transport.handleRequest(request.raw, reply.raw, request.body);
  });

  app.route({
    method: ['GET', 'DELETE'],
    url: '/mcp',
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
