import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request as the fake api received it. */
export interface Received {
  /** Of the client: the same one for what comes over one connection. */
  readonly port: number | undefined;
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** Instead of an answer: the connection is cut. */
export const CUT = 'cut';

/** What the fake api answers: JSON unless it is a text; undefined for nothing at all. */
export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: unknown;
}

/** An HTTP server on a free port of the loopback that answers as a test wants it to. */
export class FakeApi {
  readonly received: Received[] = [];
  readonly url: string;
  readonly #server: Server;

  private constructor(server: Server, url: string) {
    this.#server = server;
    this.url = url;
  }

  static async start(answer: (request: Received) => FakeAnswer | typeof CUT | undefined): Promise<FakeApi> {
    const server = createServer((request, response) => void serve(request, response));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const api = new FakeApi(server, `http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
      let body = '';
      for await (const part of request) body += part;
      const { method, url, headers, socket } = request;
      const received = { port: socket.remotePort, method, url, headers, body };
      api.received.push(received);
      const given = answer(received);
      if (given === CUT) response.destroy();
      if (given === undefined || given === CUT) return;
      const text = typeof given.body === 'string' ? given.body : JSON.stringify(given.body);
      response
        .writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers })
        .end(text);
    }
    return api;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }
}

/** A tool's answer over a route of its own. */
export function toolAnswer(answer: Readonly<Record<string, unknown>>): FakeAnswer {
  return { body: answer };
}

/** A tool's answer over JSON-RPC. */
export function messageAnswer(structuredContent: Readonly<Record<string, unknown>>): FakeAnswer {
  return { body: { jsonrpc: '2.0', id: 1, result: { content: [], structuredContent } } };
}

/** A tool's error over JSON-RPC. */
export function messageError(error: Readonly<Record<string, unknown>>): FakeAnswer {
  const text = JSON.stringify({ success: false, tool: 'any', error });
  return { body: { jsonrpc: '2.0', id: 1, result: { isError: true, content: [{ type: 'text', text }] } } };
}

/** An error of the api as it is over a route of its own. */
export function problem(status: number, code: string, detail: string, more: object = {}): FakeAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:hybrid-sync:error:${code}`, title: 'A title', status, detail, code, ...more },
  };
}
