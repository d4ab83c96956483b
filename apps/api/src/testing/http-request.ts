import type { FastifyInstance, LightMyRequestResponse } from 'fastify';

/** A request as a test writes it. */
export interface TestRequest {
  readonly method?: 'GET' | 'HEAD' | 'PUT' | 'DELETE' | 'POST' | 'PATCH' | 'OPTIONS';
  readonly url: string;
  /** Beside `Host`, which is `localhost` unless given, and the type of a body, which is JSON unless given. */
  readonly headers?: Readonly<Record<string, string>>;
  /** An object is sent as JSON, text and bytes as they are. */
  readonly body?: object | string | Buffer;
  /** Whom it comes from; 127.0.0.1 unless given. */
  readonly remoteAddress?: string;
}

/** An answer as a test looks at it. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: LightMyRequestResponse['headers'];
  /** The body, parsed where it is JSON; empty text for none. */
  // biome-ignore lint/suspicious/noExplicitAny: a test says by its expectations what it takes the body for
  readonly body: any;
}

/** Sends a request to a server in this process. */
export async function send(app: FastifyInstance, request: TestRequest): Promise<HttpAnswer> {
  const { method = 'GET', url, headers, body, remoteAddress } = request;
  const response = await app.inject({
    method,
    url,
    headers: {
      host: 'localhost',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { payload: body }),
    ...(remoteAddress === undefined ? {} : { remoteAddress }),
  });
  const isJson = /json/.test(String(response.headers['content-type']));
  return {
    status: response.statusCode,
    headers: response.headers,
    body: isJson && response.body !== '' ? response.json() : response.body,
  };
}
