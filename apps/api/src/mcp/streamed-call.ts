import { randomUUID } from 'node:crypto';
import { PassThrough, type Readable } from 'node:stream';
import { setTimeout as pause } from 'node:timers/promises';
import type { QuestionBox } from '@hybrid-sync/sync-core';
import {
  type AuthInfo,
  type JSONRPCMessage,
  type JSONRPCRequest,
  LATEST_PROTOCOL_VERSION,
  type Server,
  type Transport,
} from '@modelcontextprotocol/server';
import { z } from 'zod';

/** How long the user may take, in milliseconds; less than the ten minutes for which a question is signed. */
const ANSWER_WITHIN_MS = 590_000;
/** How often an answer is looked for, in milliseconds. */
const LOOK_EVERY_MS = 250;
/** How often a word that means nothing is sent, in milliseconds, so that nobody between takes the stream for dead. */
const KEEP_ALIVE_MS = 15_000;
/** What a session id begins with whose client can be asked. */
const CAN_BE_ASKED = 'asks-';
/** Nobody has agreed to anything. */
const CANCELLED = { result: { action: 'cancel' } };

/** What a client said in its greeting. */
const greeted = z.object({
  capabilities: z.object({
    elicitation: z.object({ form: z.unknown(), url: z.unknown() }).partial(),
  }),
});

/**
 * The session id for a client of the older era that can put a form to its user; undefined for another one. Who can be
 * asked is said in the greeting alone, so the client itself brings it along from then on: no pod remembers it.
 */
export function sessionFor(greeting: unknown): string | undefined {
  const { success, data } = greeted.safeParse(greeting);
  if (!success) return undefined;
  const { form, url } = data.capabilities.elicitation;
  return form === undefined && url !== undefined ? undefined : `${CAN_BE_ASKED}${randomUUID()}`;
}

/** Whether a session is of a client that can be asked. */
export function canBeAsked(session: string | string[] | undefined): boolean {
  return typeof session === 'string' && session.startsWith(CAN_BE_ASKED);
}

/** The answer of a client to a question. */
const answerToQuestion = z.union([
  z.object({ id: z.uuid(), result: z.looseObject({}) }),
  z.object({ id: z.uuid(), error: z.looseObject({}) }).transform(({ id }) => ({ id, ...CANCELLED })),
]);

/** Brings a client's answer to the pod that asked; what nobody asked for is dropped. @throws CacheUnavailableError */
export async function bringAnswer(body: unknown, caller: string, questions: QuestionBox): Promise<void> {
  const { success, data } = answerToQuestion.safeParse(body);
  if (success) await questions.answer(boxOf(caller, data.id), JSON.stringify({ result: data.result }));
}

/** Only who was asked can answer. */
function boxOf(caller: string, id: string): string {
  return `${caller}:${id}`;
}

/** Whom a call comes from, and what ends it. */
export interface StreamedCaller {
  readonly authInfo: AuthInfo;
  /** Where its answers to questions go; undefined where it can't be asked. */
  readonly questions: QuestionBox | undefined;
  /** Aborts when the caller has gone. */
  readonly gone: AbortSignal;
  /** Aborts when the pod stops: no answer is waited for any more. */
  readonly ending: AbortSignal;
}

/**
 * Answers a call of the older era by a stream, in which its client is told how far the call is, and asked:
 *
 *   POST call ─▶ stream: question, with an id that names a place in Redis
 *                POST answer, at any pod ─▶ that place ─▶ the pod that asked ─▶ stream: the tool's answer
 */
export async function streamedCall(
  server: Server,
  call: JSONRPCRequest,
  caller: StreamedCaller,
): Promise<Readable> {
  const transport = new CallTransport(caller);
  await server.connect(transport);
  const leave = () => void server.close();
  caller.gone.addEventListener('abort', leave, { once: true });
  if (caller.questions !== undefined) await transport.greet();
  // It may have gone before its call came to its turn, or since.
  if (caller.gone.aborted) leave();
  else transport.onmessage?.(call, { authInfo: caller.authInfo });
  return transport.stream;
}

/** The transport of one call: what the server sends is written, up to the answer, which ends it. */
class CallTransport implements Transport {
  onmessage?: NonNullable<Transport['onmessage']>;
  onclose?: () => void;
  onerror?: (error: Error) => void;
  readonly stream = new PassThrough();
  readonly #caller: StreamedCaller;
  /** The id under which the greeting is played again; a call's may be any other. */
  readonly #greetingId = randomUUID();
  readonly #closed = new AbortController();
  readonly #keepAlive = setInterval(() => this.stream.write(': still at it\n\n'), KEEP_ALIVE_MS);
  #greeted: () => void = () => {};

  constructor(caller: StreamedCaller) {
    this.#caller = caller;
  }

  async start(): Promise<void> {}

  /** Tells the server what the client said when it greeted some pod. */
  greet(): Promise<void> {
    const params = {
      protocolVersion: LATEST_PROTOCOL_VERSION,
      capabilities: { elicitation: { form: {} } },
      clientInfo: { name: this.#caller.authInfo.clientId, version: '' },
    };
    this.onmessage?.({ jsonrpc: '2.0', id: this.#greetingId, method: 'initialize', params });
    return new Promise((resolve) => {
      this.#greeted = resolve;
    });
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if ('method' in message) {
      if ('id' in message) return this.#ask(message);
      return this.#write(message);
    }
    if (message.id === this.#greetingId) return this.#greeted();
    this.#write(message);
    await this.close();
  }

  async close(): Promise<void> {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    clearInterval(this.#keepAlive);
    this.stream.end();
    this.#greeted();
    this.onclose?.();
  }

  #write(message: JSONRPCMessage): void {
    this.stream.write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  /** Puts a question; the answer is received once it is there. The server's own ids are known to it alone. */
  async #ask(question: JSONRPCRequest): Promise<void> {
    const { questions, authInfo } = this.#caller;
    const id = randomUUID();
    const box = boxOf(authInfo.clientId, id);
    await questions?.open(box, ANSWER_WITHIN_MS);
    this.#write({ ...question, id });
    const answered = this.#answer(box).catch(() => CANCELLED);
    void answered.then((answer) => this.onmessage?.({ jsonrpc: '2.0', id: question.id, ...answer }));
  }

  async #answer(box: string): Promise<typeof CANCELLED> {
    const { questions, ending } = this.#caller;
    // Node 20 forgets the signal of AbortSignal.timeout() where only AbortSignal.any() knows it.
    const late = new AbortController();
    const deadline = setTimeout(() => late.abort(), ANSWER_WITHIN_MS);
    const over = AbortSignal.any([this.#closed.signal, ending, late.signal]);
    try {
      for (;;) {
        const text = await questions?.read(box);
        if (text !== undefined) return JSON.parse(text);
        await pause(LOOK_EVERY_MS, undefined, { signal: over });
      }
    } finally {
      clearTimeout(deadline);
      await questions?.close(box);
    }
  }
}
