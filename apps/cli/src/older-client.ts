import {
  CLIENT_CAPABILITIES_META_KEY,
  CLIENT_INFO_META_KEY,
  type InitializeRequest,
  isInputRequiredResult,
  type JSONRPCRequest,
  PROTOCOL_VERSION_META_KEY,
} from '@modelcontextprotocol/client';
import type { RpcAnswer } from './api-calls.js';

/** The revision in which the api can ask, by an answer that is a question. */
const REVISION = '2026-07-28';

/** Sends a request to the api. @returns undefined once it was cancelled */
type Send = (request: JSONRPCRequest) => Promise<RpcAnswer | undefined>;
/** Puts a question to the client, and returns its answer. */
type Ask = (method: string, params: object) => Promise<object>;

/**
 * What a client said of itself when it greeted. Over HTTP the api asks a client of that era nothing, as no pod has a session
 * with it. A bridge has: it puts what the client said on each of its calls, as later revisions want it, and where the answer
 * is a question, hands the question on, and calls again with the user's answer.
 */
export class OlderClient {
  readonly #greeting: InitializeRequest['params'];

  constructor({ params }: InitializeRequest) {
    this.#greeting = params;
  }

  /** Whether a call gains by it: the client can be asked, or wants to be told of progress. */
  gains({ method, params }: JSONRPCRequest): boolean {
    const canBeAsked = this.#greeting.capabilities.elicitation !== undefined;
    return method === 'tools/call' && (canBeAsked || params?._meta?.progressToken !== undefined);
  }

  /** Calls until the answer is no question any more. */
  async call(request: JSONRPCRequest, send: Send, ask: Ask): Promise<RpcAnswer | undefined> {
    let call = this.#introduced(request);
    for (;;) {
      const answer = await send(call);
      if (answer === undefined || !('result' in answer)) return answer;
      if (!isInputRequiredResult(answer.result)) return withoutType(answer);
      const { inputRequests = {}, requestState } = answer.result;
      const inputResponses: Record<string, object> = {};
      for (const [key, { method, params }] of Object.entries(inputRequests)) {
        inputResponses[key] = await ask(method, params ?? {});
      }
      const state = requestState === undefined ? {} : { requestState };
      call = { ...call, params: { ...call.params, inputResponses, ...state } };
    }
  }

  #introduced(request: JSONRPCRequest): JSONRPCRequest {
    const { clientInfo, capabilities } = this.#greeting;
    const { elicitation } = capabilities;
    const meta = {
      ...request.params?._meta,
      [PROTOCOL_VERSION_META_KEY]: REVISION,
      [CLIENT_INFO_META_KEY]: clientInfo,
      [CLIENT_CAPABILITIES_META_KEY]: elicitation === undefined ? {} : { elicitation },
    };
    return { ...request, params: { ...request.params, _meta: meta } };
  }
}

/** An answer as the older era has it. */
function withoutType<Result extends { result: object }>(answer: Result): Result {
  const { resultType: _, ...result } = answer.result as { resultType?: unknown };
  return { ...answer, result };
}
