import type { Readable, Writable } from 'node:stream';
import {
  isInitializeRequest,
  isJSONRPCRequest,
  type JSONRPCMessage,
  type JSONRPCRequest,
  ProtocolErrorCode,
  type RequestId,
} from '@modelcontextprotocol/client';
import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { ApiCalls, PostRefused } from './api-calls.js';
import { OlderClient } from './older-client.js';
import { Questions } from './questions.js';

/** Longest line of input, in bytes: above what a value of the largest size that can be set needs as JSON. */
const MAX_LINE_BYTES = 64 * 1024 * 1024;
/** What a client sends to give a request up; over HTTP that is said by ending the connection. */
const CANCELLED = 'notifications/cancelled';
/** Longest part of an answer that is quoted, in characters. */
const MAX_DETAIL = 300;

/** What {@link bridgeMcp} connects. */
export interface BridgeOptions {
  /** The api's base URL, such as `http://localhost:8080`. */
  readonly apiUrl: string;
  /** Bearer token; none unless given. */
  readonly token?: string | undefined;
  /** Where the MCP client's messages come from: JSON-RPC, one message a line. */
  readonly input: Readable;
  /** Where the answers go. Nothing but protocol is written to it. */
  readonly output: Writable;
  /** Told what an operator should know, a line at a time; never written to `output`. */
  readonly log: (line: string) => void;
}

/**
 * Speaks MCP over stdio for an api that speaks it over HTTP: hands every message on to the api's `/mcp`, and its answers
 * back. What goes wrong on the way is an error of JSON-RPC to the request it concerns, so no client waits in vain.
 * Resolves when the input has ended and every request is answered, or when nobody reads the output any more.
 * @throws Error when a line is too long
 */
export async function bridgeMcp({ apiUrl, token, input, output, log }: BridgeOptions): Promise<void> {
  const endpoint = new URL(`${apiUrl.replace(/\/+$/, '')}/mcp`);
  const headers: Record<string, string> = token === undefined ? {} : { authorization: `Bearer ${token}` };
  const api = new ApiCalls(endpoint, headers, (message) => track(client.send(message)));
  // Of the SDK's first line: the second's passes over a line that is not JSON, and drops what is under way at the end.
  const client = new StdioServerTransport(input, output, { maxBufferSize: MAX_LINE_BYTES });
  const questions = new Questions((question) => client.send(question));
  const underWay = new Set<Promise<void>>();
  let older: OlderClient | undefined;
  let broken: Error | undefined;

  const track = (work: Promise<void>) => {
    underWay.add(work);
    void work.finally(() => underWay.delete(work));
  };
  const answered = async (request: JSONRPCRequest) => {
    if (older?.gains(request)) {
      const ask = (method: string, params: object) => questions.ask(request.id, method, params);
      return older.call(request, (call) => api.ask(call), ask);
    }
    const answer = await api.ask(request);
    if (isInitializeRequest(request) && answer !== undefined && 'result' in answer) {
      older = new OlderClient(request);
      // The client's own transport would do this: later requests name the revision that was agreed on.
      api.agreeOn(String(answer.result.protocolVersion));
    }
    return answer;
  };
  const forward = async (message: JSONRPCMessage) => {
    const isRequest = isJSONRPCRequest(message);
    try {
      if (!isRequest) return await api.tell(message);
      const answer = await answered(message);
      if (answer !== undefined) await client.send(answer);
    } catch (error) {
      const failure = failureOf(error, endpoint);
      log(failure.message);
      if (isRequest) await client.send({ jsonrpc: '2.0', id: message.id, error: failure });
    }
  };

  const giveUp = (id: RequestId) => {
    questions.giveUp(id);
    api.cancel(id);
  };

  client.onmessage = (message) => {
    if (!('method' in message)) questions.answered(message);
    else if (message.method === CANCELLED) giveUp(message.params?.requestId as RequestId);
    else track(forward(message));
  };
  client.onerror = (error) => {
    const fault = lineFault(error);
    if (fault === undefined) broken = error;
    else track(client.send({ jsonrpc: '2.0', error: fault }));
  };

  const ended = new Promise<'input' | 'output'>((resolve) => {
    input.once('end', () => resolve('input'));
    input.once('close', () => resolve('input'));
    client.onclose = () => resolve('output');
    output.once('close', () => resolve('output'));
    output.on('error', () => resolve('output'));
  });
  await api.start();
  await client.start();
  const first = await ended;
  questions.end();
  if (first === 'input') {
    // An answer under way, once it has come, has to be written as well.
    while (underWay.size > 0) await Promise.allSettled(underWay);
  }
  await api.close();
  await client.close();
  if (broken !== undefined) throw broken;
}

/** An error as JSON-RPC has it. */
interface RpcError {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** What is wrong with a line that is no message; undefined when the error is not about a line. */
function lineFault(error: Error): RpcError | undefined {
  if (error instanceof SyntaxError) {
    return { code: ProtocolErrorCode.ParseError, message: 'a line of the input is not valid JSON' };
  }
  return 'issues' in error
    ? { code: ProtocolErrorCode.InvalidRequest, message: 'a line of the input is not a JSON-RPC message' }
    : undefined;
}

/** Why the api did not take a message: its own words where it gave some. */
function failureOf(error: unknown, { origin }: URL): RpcError {
  if (error instanceof PostRefused) {
    const body = jsonIn(error.body);
    if (isRpcError(body?.error)) return body.error;
    const detail = String(body?.detail ?? body?.message ?? (error.body || error.message)).slice(
      0,
      MAX_DETAIL,
    );
    const data = { status: error.status, ...(typeof body?.code === 'string' ? { code: body.code } : {}) };
    return {
      code: ProtocolErrorCode.InternalError,
      message: `the api at ${origin} refused: ${detail}`,
      data,
    };
  }
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const reason = cause instanceof Error ? cause.message || cause.name : String(cause);
  return {
    code: ProtocolErrorCode.InternalError,
    message: `no answer from the api at ${origin}: ${reason.slice(0, MAX_DETAIL)}`,
  };
}

/** The JSON object that a text is. */
function jsonIn(text: string): Record<string, unknown> | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isRpcError(error: unknown): error is RpcError {
  return (
    typeof error === 'object' &&
    error !== null &&
    'code' in error &&
    typeof error.code === 'number' &&
    'message' in error &&
    typeof error.message === 'string'
  );
}
