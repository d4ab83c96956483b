import { RefusalError, type RefusedCallers } from '@hybrid-sync/service-host';
import { HybridSyncError, InvalidInputError } from '@hybrid-sync/sync-core';
import {
  type AuthInfo,
  type CallToolResult,
  type ClientCapabilities,
  type GetPromptResult,
  type InputRequiredResult,
  type ListResourcesResult,
  type ListToolsResult,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Logger } from 'pino';
import type { Tool } from '../tools/tool.js';
import { toolFailureOf } from '../tools/tool-failure.js';
import type { WriteLog } from '../write-log.js';
import { announcedHints, announcedInput, announcedOutput } from './announced-schema.js';
import { AskFirst, NotConfirmedError } from './ask-first.js';
import { INSTRUCTIONS } from './instructions.js';
import { LargeAnswers } from './large-answers.js';
import { progressTo } from './progress.js';
import { PROMPTS, type Prompt } from './prompts.js';
import { QUESTIONS, type Question } from './questions.js';
import { keyIn, RESOURCES, type Resource, type ResourceTemplate, TEMPLATES } from './resources.js';
import { callerName, mayUse, requestIdOf } from './tool-caller.js';

const JSON_TYPE = 'application/json';

/** What the servers tell of themselves, and what they use. */
export interface McpServerOptions {
  /** Of the package. */
  readonly version: string;
  readonly log: Logger;
  /** All there are unless given, as with the templates and prompts. */
  readonly resources?: readonly Resource[];
  readonly templates?: readonly ResourceTemplate[];
  readonly prompts?: readonly Prompt[];
  /** Where writes are told of. */
  readonly writes?: WriteLog;
  /** Where callers who are turned away are told of. */
  readonly refused?: RefusedCallers | undefined;
  /** The deployment's secret. Without it nobody is asked before a tool changes much. */
  readonly secret?: () => Promise<string>;
  /** What is asked before which tool; {@link QUESTIONS} unless given. */
  readonly questions?: Readonly<Record<string, Question>>;
}

/** Makes MCP servers that all offer the same tools and resources. */
export class McpServerFactory {
  readonly #tools: ReadonlyMap<string, Tool>;
  readonly #resources: readonly Resource[];
  readonly #templates: readonly ResourceTemplate[];
  readonly #prompts: readonly Prompt[];
  readonly #toolList: ListToolsResult;
  readonly #resourceList: ListResourcesResult;
  readonly #version: string;
  readonly #log: Logger;
  readonly #writes: WriteLog | undefined;
  readonly #refused: RefusedCallers | undefined;
  readonly #askFirst: AskFirst | undefined;
  readonly #large = new LargeAnswers();

  constructor(
    tools: ReadonlyMap<string, Tool>,
    { resources = RESOURCES, templates = TEMPLATES, prompts = PROMPTS, ...options }: McpServerOptions,
  ) {
    this.#tools = tools;
    const { version, log, writes, refused, secret, questions = QUESTIONS } = options;
    this.#resources = resources;
    this.#templates = templates;
    this.#prompts = prompts;
    this.#version = version;
    this.#log = log;
    this.#writes = writes;
    this.#refused = refused;
    this.#askFirst = secret === undefined ? undefined : new AskFirst(tools, secret, questions);
    this.#toolList = { tools: [...tools.values()].map(describe) };
    this.#resourceList = { resources: resources.map(asListed) };
  }

  /** The tool of this name. */
  tool(name: string): Tool | undefined {
    return this.#tools.get(name);
  }

  /** Whether a client that can be asked is asked before this tool. */
  asksBefore(name: string): boolean {
    return this.#askFirst?.isAbout(name) ?? false;
  }

  /** A server for one exchange, not yet connected; whoever connects it closes it. */
  create(): Server {
    const askFirst = this.#askFirst;
    const server = new Server(
      { name: 'hybrid-sync', title: 'Hybrid cache synchronization', version: this.#version },
      {
        capabilities: { tools: {}, resources: {}, prompts: {} },
        instructions: INSTRUCTIONS,
        ...(askFirst === undefined ? {} : { requestState: askFirst.requestState }),
      },
    );
    server.setRequestHandler('tools/list', (_, { http }) => this.#listFor(http?.authInfo));
    server.setRequestHandler('tools/call', ({ params }, context) =>
      this.#call(params.name, params.arguments, context, server.getClientCapabilities()),
    );
    server.setRequestHandler('resources/list', () => this.#resourceList);
    server.setRequestHandler('resources/templates/list', () => ({
      resourceTemplates: this.#templates.map(asListed),
    }));
    server.setRequestHandler('resources/read', ({ params }, { http }) =>
      this.#read(params.uri, http?.authInfo),
    );
    server.setRequestHandler('prompts/list', () => ({
      prompts: this.#prompts.map(({ text: _, ...told }) => told),
    }));
    server.setRequestHandler('prompts/get', ({ params }) => this.#prompt(params.name, params.arguments));
    return server;
  }

  /**
   * As the MCP specification wants it, an unknown tool is an error of the protocol, and everything that goes wrong
   * inside a known one, bad arguments included, a result with `isError`, which a model gets to see and can mend.
   */
  async #call(
    name: string,
    args: Record<string, unknown> | undefined,
    context: ServerContext,
    client: ClientCapabilities | undefined,
  ): Promise<CallToolResult | InputRequiredResult> {
    const authInfo = context.http?.authInfo;
    const tool = this.#tools.get(name);
    if (tool === undefined) {
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `name: there is no tool "${name.slice(0, 100)}"; tools/list names them`,
        { field: 'name' },
      );
    }
    try {
      this.#requireRole(tool, authInfo);
      const question = await this.#askFirst?.question(tool.name, args, context, client);
      if (question !== undefined) return question;
      const result = await tool.call(args, {
        by: callerName(authInfo),
        gone: () => context.mcpReq.signal,
        onProgress: progressTo(context),
      });
      this.#writes?.answered(requestIdOf(authInfo), tool.name, result);
      await this.#large.turn(result);
      return { content: [{ type: 'text', text: JSON.stringify(result) }], structuredContent: result };
    } catch (error) {
      const told = { success: false, tool: tool.name, error: this.#failed(tool.name, error) };
      return { isError: true, content: [{ type: 'text', text: JSON.stringify(told) }] };
    }
  }

  /** A resource has no result with `isError`, so whatever goes wrong is an error of the protocol. */
  async #read(uri: string, authInfo: AuthInfo | undefined): Promise<ReadResourceResult> {
    const { tool, args } = this.#readable(uri);
    if (tool === undefined) {
      const named = uri.slice(0, 100);
      // With a field, as all faults here have one; otherwise what the SDK's own error for this says.
      throw new ProtocolError(
        ProtocolErrorCode.InvalidParams,
        `uri: there is no resource "${named}"; resources/list and resources/templates/list name them`,
        { field: 'uri', uri: named },
      );
    }
    try {
      this.#requireRole(tool, authInfo);
      const result = await tool.call(args, { by: callerName(authInfo) });
      return { contents: [{ uri, mimeType: JSON_TYPE, text: JSON.stringify(result) }] };
    } catch (error) {
      const failure = this.#failed(tool.name, error);
      const { InvalidParams, InternalError } = ProtocolErrorCode;
      const code = error instanceof InvalidInputError ? InvalidParams : InternalError;
      throw new ProtocolError(code, failure.message, failure);
    }
  }

  /** The tool whose answer is to be read at an address, with its arguments. */
  #readable(uri: string): { tool?: Tool | undefined; args?: object } {
    const resource = this.#resources.find((each) => each.uri === uri);
    if (resource !== undefined) return { tool: this.#tools.get(resource.tool) };
    for (const template of this.#templates) {
      const key = keyIn(uri, template);
      if (key !== undefined) return { tool: this.#tools.get(template.tool), args: { key } };
    }
    return {};
  }

  #prompt(name: string, args: Readonly<Record<string, string>> = {}): GetPromptResult {
    const prompt = this.#prompts.find((each) => each.name === name);
    if (prompt === undefined) {
      const message = `name: there is no prompt "${name.slice(0, 100)}"; prompts/list names them`;
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, message, { field: 'name' });
    }
    const text = prompt.text(args);
    return {
      description: prompt.description,
      messages: [{ role: 'user', content: { type: 'text', text } }],
    };
  }

  /** The tools that the caller may use. */
  #listFor(authInfo: AuthInfo | undefined): ListToolsResult {
    const mayList = (name: string) => {
      const tool = this.#tools.get(name);
      return tool !== undefined && mayUse(authInfo, tool.role);
    };
    return { tools: this.#toolList.tools.filter(({ name }) => mayList(name)) };
  }

  #requireRole({ name, role }: Tool, authInfo: AuthInfo | undefined): void {
    if (mayUse(authInfo, role)) return;
    const requestId = requestIdOf(authInfo);
    this.#refused?.note('role', { caller: callerName(authInfo), requestId, wanted: name });
    throw new RefusalError('FORBIDDEN', `${name} needs a token with the role ${role}`, 'Authorization');
  }

  #failed(tool: string, error: unknown) {
    if (error instanceof NotConfirmedError) return { code: error.code, message: error.message };
    const expected = error instanceof HybridSyncError || error instanceof RefusalError;
    if (!expected) this.#log.error({ err: error, tool }, 'a tool failed');
    return toolFailureOf(error);
  }
}

/** Without the tool, which is ours to know; all there is to read is JSON. */
function asListed<Readable extends { readonly tool: string }>({ tool: _, ...told }: Readable) {
  return { ...told, mimeType: JSON_TYPE };
}

function describe(tool: Tool): ListToolsResult['tools'][number] {
  return {
    name: tool.name,
    title: tool.title,
    description: tool.description,
    annotations: announcedHints(tool.hints),
    inputSchema: announcedInput(tool.input),
    outputSchema: announcedOutput(tool.output),
  };
}
