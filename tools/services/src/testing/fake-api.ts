import type { IncomingMessage } from 'node:http';
import { text } from 'node:stream/consumers';
import { OwnHttp } from './own-http.js';

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
  readonly received: Received[];
  readonly url: string;
  readonly #server: OwnHttp;

  private constructor(server: OwnHttp, received: Received[]) {
    this.#server = server;
    this.url = server.url;
    this.received = received;
  }

  static async start(answer: (request: Received) => FakeAnswer | typeof CUT | undefined): Promise<FakeApi> {
    const all: Received[] = [];
    const server = await OwnHttp.start(async (request, response) => {
      const { method, url, headers, socket } = request;
      const received = { port: socket.remotePort, method, url, headers, body: await text(request) };
      all.push(received);
      const given = answer(received);
      if (given === CUT) response.destroy();
      if (given === undefined || given === CUT) return;
      response
        .writeHead(given.status ?? 200, { 'content-type': 'application/json', ...given.headers })
        .end(typeof given.body === 'string' ? given.body : JSON.stringify(given.body));
    });
    return new FakeApi(server, all);
  }

  stop(): Promise<void> {
    return this.#server.stop();
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
  const content = [{ type: 'text', text: JSON.stringify({ success: false, tool: 'any', error }) }];
  return { body: { jsonrpc: '2.0', id: 1, result: { isError: true, content } } };
}

/** An error of the api as it is over a route of its own. */
export function problem(status: number, code: string, detail: string, more: object = {}): FakeAnswer {
  return {
    status,
    headers: { 'content-type': 'application/problem+json' },
    body: { type: `urn:hybrid-sync:error:${code}`, title: 'A title', status, detail, code, ...more },
  };
}
