import { HybridSyncError, InvalidInputError, PreconditionFailedError } from '@hybrid-sync/sync-core';
import { Server } from '@modelcontextprotocol/sdk/server/index.js';
import {
  CallToolRequestSchema,
  type CallToolResult,
  ErrorCode,
  ListToolsRequestSchema,
  type ListToolsResult,
} from '@modelcontextprotocol/sdk/types.js';
import type { Logger } from 'pino';
import { z } from 'zod';
import type { Tool } from '../tools/tool.js';

/** What the SDK makes a JSON-RPC error of, by its `code` and `data`. */
class UnknownToolError extends Error {
  readonly code = ErrorCode.InvalidParams;
  readonly data = { field: 'name' };
  constructor(name: string) {
    super(`name: there is no tool "${name.slice(0, 100)}"; tools/list names them`);
  }
}

/** Makes MCP servers, one per connection, that all offer the same tools. */
export class McpServerFactory {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #list: ListToolsResult;
  readonly #version: string;
  readonly #log: Logger;

  constructor(tools: ReadonlyMap<string, Tool>, version: string, log: Logger) {
    this.#tools = tools;
    this.#version = version;
    this.#log = log;
    this.#list = { tools: [...tools.values()].map(describe) };
  }

  /** A server that is not yet connected; whoever connects it closes it. */
  create(): Server {
    const server = new Server(
      { name: 'hybrid-sync', title: 'Hybrid cache synchronization', version: this.#version },
      { capabilities: { tools: {} } },
    );
    server.setRequestHandler(ListToolsRequestSchema, () => this.#list);
    server.setRequestHandler(CallToolRequestSchema, async ({ params }) =>
      this.#call(params.name, params.arguments),
    );
    return server;
  }

  /**
   * As the MCP specification wants it, an unknown tool is an error of the protocol, and everything that goes wrong
   * inside a known one, bad arguments included, a result with `isError`, which a model gets to see and can mend.
   */
  async #call(name: string, args: unknown): Promise<CallToolResult> {
    const tool = this.#tools.get(name);
    if (tool === undefined) {
      throw new UnknownToolError(name);
    }
    try {
      const result = await tool.call(args);
      return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
    } catch (error) {
      return this.#failed(tool, error);
    }
  }

  #failed(tool: Tool, error: unknown): CallToolResult {
    if (!(error instanceof HybridSyncError))
      this.#log.error({ err: error, tool: tool.name }, 'a tool failed');
    const detail =
      error instanceof HybridSyncError
        ? {
            code: error.code,
            message: error.message,
            ...(error instanceof InvalidInputError ? { field: error.field } : {}),
            ...(error instanceof PreconditionFailedError ? { version: error.version ?? null } : {}),
            ...('retryAfterSec' in error ? { retryAfterSec: error.retryAfterSec } : {}),
          }
        : { code: 'INTERNAL', message: 'the tool failed; the log of the api says why' };
    return {
      isError: true,
      content: [{ type: 'text', text: JSON.stringify({ success: false, tool: tool.name, error: detail }) }],
    };
  }
}

function describe(tool: Tool): ListToolsResult['tools'][number] {
  // Both schemas are objects, which JSON Schema says with the `type` that the SDK's type asks for.
  const schema = (of: z.ZodObject, io: 'input' | 'output') =>
    z.toJSONSchema(of, { io }) as ListToolsResult['tools'][number]['inputSchema'];
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    annotations: { title: tool.title, ...tool.hints },
    inputSchema: schema(tool.input, 'input'),
    outputSchema: schema(tool.output, 'output'),
  };
}
