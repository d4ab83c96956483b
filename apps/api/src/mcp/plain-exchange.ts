import type {
  AuthInfo,
  JSONRPCMessage,
  JSONRPCRequest,
  ProtocolErrorCode,
  Server,
  Transport,
} from '@modelcontextprotocol/server';

/** The SDK's code for a connection that has gone. */
export const CONNECTION_CLOSED = -32000 as ProtocolErrorCode;

/** What a caller asks for: a request without its id, which may clash or be missing. */
export interface AskedRequest {
  readonly method: string;
  readonly params?: JSONRPCRequest['params'];
}

/**
 * Lets a server of its own answer one request, as one JSON object; what the server says before has no reader. The answer
 * bears the id `replyId`. `gone`: aborts when the caller does not wait for it any more, which aborts the request's own signal.
 */
export async function plainExchange(
  server: Server,
  { method, params }: AskedRequest,
  replyId: string | number | null,
  authInfo: AuthInfo,
  gone: AbortSignal,
): Promise<object> {
  const transport = new OneAnswer();
  await server.connect(transport);
  const leave = () => void server.close();
  gone.addEventListener('abort', leave, { once: true });
  try {
    const request = { jsonrpc: '2.0' as const, id: 0, method, ...(params === undefined ? {} : { params }) };
    transport.onmessage?.(request, { authInfo });
    if (gone.aborted) leave();
    return { ...(await transport.answer), id: replyId };
  } finally {
    gone.removeEventListener('abort', leave);
    await server.close();
  }
}

/** The transport of one exchange; closed before there is an answer, it answers that the caller has gone. */
class OneAnswer implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly answer: Promise<JSONRPCMessage>;
  #resolve: (answer: JSONRPCMessage) => void = () => {};

  constructor() {
    this.answer = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  async start(): Promise<void> {}

  async send(message: JSONRPCMessage): Promise<void> {
    if (!('method' in message)) this.#resolve(message);
  }

  async close(): Promise<void> {
    this.#resolve({
      jsonrpc: '2.0',
      id: 0,
      error: { code: CONNECTION_CLOSED, message: 'the caller has gone' },
    });
    this.onclose?.();
  }
}
