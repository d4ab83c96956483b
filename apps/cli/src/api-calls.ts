import {
  isJSONRPCErrorResponse,
  isJSONRPCResultResponse,
  type JSONRPCErrorResponse,
  type JSONRPCMessage,
  type JSONRPCRequest,
  type JSONRPCResultResponse,
  type RequestId,
  StreamableHTTPClientTransport,
} from '@modelcontextprotocol/client';

/** The answer to a request. */
export type RpcAnswer = JSONRPCResultResponse | JSONRPCErrorResponse;

/** A post that the api did not take: the SDK's own error loses what the api says of a missing token. */
export class PostRefused extends Error {
  readonly status: number;
  readonly body: string;

  constructor(status: number, body: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.body = body;
  }
}

/** A request under way. */
interface Waiting {
  readonly answered: (answer: RpcAnswer | undefined) => void;
  readonly cancel: AbortController;
}

/** Sends messages to an api's `/mcp`, and waits for the answer of each request, which may be the end of a stream. */
export class ApiCalls {
  readonly #transport: StreamableHTTPClientTransport;
  readonly #waiting = new Map<RequestId, Waiting>();

  /** `onMessage`: told what the api says that answers no request, such as how far it is. */
  constructor(endpoint: URL, headers: Record<string, string>, onMessage: (message: JSONRPCMessage) => void) {
    this.#transport = new StreamableHTTPClientTransport(endpoint, {
      requestInit: { headers },
      fetch: fetchOrRefuse,
    });
    this.#transport.onmessage = (message) => {
      const isAnswer = isJSONRPCResultResponse(message) || isJSONRPCErrorResponse(message);
      const waiting = isAnswer && message.id !== undefined ? this.#waiting.get(message.id) : undefined;
      if (isAnswer && waiting !== undefined) waiting.answered(message);
      else onMessage(message);
    };
  }

  start(): Promise<void> {
    return this.#transport.start();
  }

  /** Later messages name this revision. */
  agreeOn(revision: string): void {
    this.#transport.setProtocolVersion(revision);
  }

  /** Sends what asks for no answer. @throws PostRefused, or why there was no connection */
  tell(message: JSONRPCMessage): Promise<void> {
    return this.#transport.send(message);
  }

  /**
   * Sends a request.
   * @returns its answer; undefined once it was cancelled
   * @throws PostRefused, or why there was no connection or no answer
   */
  async ask(request: JSONRPCRequest): Promise<RpcAnswer | undefined> {
    const cancel = new AbortController();
    try {
      return await new Promise<RpcAnswer | undefined>((answered, failed) => {
        this.#waiting.set(request.id, { answered, cancel });
        const onRequestStreamEnd = () => failed(new Error('its stream ended without one'));
        this.#transport.send(request, { requestSignal: cancel.signal, onRequestStreamEnd }).catch(failed);
      });
    } catch (error) {
      if (cancel.signal.aborted) return undefined;
      throw error;
    } finally {
      this.#waiting.delete(request.id);
    }
  }

  /** Gives a request up, which ends its connection and so its work. */
  cancel(id: RequestId): void {
    const waiting = this.#waiting.get(id);
    waiting?.cancel.abort();
    waiting?.answered(undefined);
  }

  close(): Promise<void> {
    return this.#transport.close();
  }
}

async function fetchOrRefuse(url: string | URL, init?: RequestInit): Promise<Response> {
  const response = await fetch(url, init);
  // The SDK asks for a stream of the server's own by GET, and takes no for an answer.
  if (response.ok || init?.method !== 'POST') return response;
  throw new PostRefused(response.status, await response.text());
}
