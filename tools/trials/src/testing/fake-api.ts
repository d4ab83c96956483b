import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A call of a tool, as the fake api received it. */
export interface ReceivedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/**
 * What the fake api answers to a call: the JSON-RPC fields, and the HTTP status if it is not 200; or a raw
 * text.
 */
export type FakeReply =
  | { readonly result: unknown; readonly status?: number }
  | { readonly error: unknown; readonly status?: number }
  | { readonly raw: string; readonly status?: number };

/** An http server on a free port of the loopback that speaks the api's plain JSON-RPC. */
export class FakeApi {
  readonly calls: ReceivedCall[] = [];
  /** The `Authorization` of each request. */
  readonly authorizations: (string | undefined)[] = [];
  /** Connections opened so far. */
  connections = 0;
  /** Status of `/sync/load`. */
  readyStatus = 200;
  readonly #server: Server;
  readonly #reply: (call: ReceivedCall) => FakeReply | Promise<FakeReply>;

  private constructor(reply: (call: ReceivedCall) => FakeReply | Promise<FakeReply>) {
    this.#reply = reply;
    this.#server = createServer((request, response) => void this.#serve(request, response));
    this.#server.on('connection', () => this.connections++);
  }

  static async start(reply: (call: ReceivedCall) => FakeReply | Promise<FakeReply>): Promise<FakeApi> {
    const api = new FakeApi(reply);
    api.#server.listen(0, '127.0.0.1');
    await once(api.#server, 'listening');
    return api;
  }

  get url(): string {
    const address = this.#server.address();
    return `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.authorizations.push(request.headers.authorization);
    if (request.url === '/sync/load') {
      response.writeHead(this.readyStatus).end('{"ready":false}');
      return;
    }
    let body = '';
    for await (const part of request) body += part;
    const { method, params } = JSON.parse(body);
    if (request.url !== '/mcp/message' || method !== 'tools/call') {
      response.writeHead(404).end();
      return;
    }
    this.calls.push(params);
    const { status = 200, ...reply } = await this.#reply(params);
    const text = 'raw' in reply ? reply.raw : JSON.stringify({ jsonrpc: '2.0', id: null, ...reply });
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }
}

/** A successful tool result. */
export function toolResult(structuredContent: Readonly<Record<string, unknown>>): FakeReply {
  return {
    result: { content: [{ type: 'text', text: JSON.stringify(structuredContent) }], structuredContent },
  };
}

/** A tool result that is an error. */
export function toolError(error: Readonly<Record<string, unknown>>): FakeReply {
  return {
    result: { isError: true, content: [{ type: 'text', text: JSON.stringify({ success: false, error }) }] },
  };
}
