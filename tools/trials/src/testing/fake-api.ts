import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';

/** A call of a tool, as the fake api received it. */
export interface ReceivedCall {
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What the fake api answers to a call; status 200 unless it says another. */
export interface FakeReply {
  readonly status?: number;
  readonly body: string;
}

/** The tool of a method at `/kv/{key}`. */
const TOOLS: Readonly<Record<string, string>> = { GET: 'kv_get', PUT: 'kv_set', DELETE: 'kv_del' };

/** An http server on a free port of the loopback that has the api's places of pairs. */
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
    const key = /^\/kv\/([^/?]+)$/.exec(request.url ?? '')?.[1];
    const name = TOOLS[request.method ?? ''];
    if (key === undefined || name === undefined) {
      response.writeHead(404).end();
      return;
    }
    const call = {
      name,
      arguments: { key: decodeURIComponent(key), ...(body === '' ? {} : JSON.parse(body)) },
    };
    this.calls.push(call);
    const { status = 200, body: text } = await this.#reply(call);
    response.writeHead(status, { 'content-type': 'application/json' }).end(text);
  }
}

/** A successful answer. */
export function toolResult(answer: Readonly<Record<string, unknown>>): FakeReply {
  return { body: JSON.stringify(answer) };
}

/** A problem, as the api writes it. */
export function toolError(problem: Readonly<Record<string, unknown>>, status = 503): FakeReply {
  return { status, body: JSON.stringify({ ...problem, status }) };
}
