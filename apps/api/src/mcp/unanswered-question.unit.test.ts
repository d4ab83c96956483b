import type { QuestionBox } from '@hybrid-sync/sync-core';
import type { JSONRPCMessage, Server, Transport } from '@modelcontextprotocol/server';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { streamedCall } from './streamed-call.js';

const TEN_MINUTES_MS = 600_000;

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] }));
afterEach(() => void vi.useRealTimers());

/** A server that puts one question for each call. */
function askingServer(told: (answer: JSONRPCMessage) => void) {
  return {
    connect: async (transport: Transport) => {
      transport.onmessage = (message) => {
        if (!('method' in message)) return told(message);
        if (!('id' in message)) return;
        const { id, method } = message;
        const reply: JSONRPCMessage =
          method === 'initialize'
            ? { jsonrpc: '2.0', id, result: {} }
            : { jsonrpc: '2.0', id: 'question', method: 'elicitation/create', params: {} };
        // As a server does, once it was told.
        queueMicrotask(() => void transport.send(reply));
      };
    },
  } as Partial<Server> as Server;
}

it('a question that nobody answers is answered with cancel, and not looked for any more', async () => {
  const looks = vi.fn(async () => undefined);
  const box = { open: async () => {}, read: looks, close: vi.fn(async () => {}) };
  const answer = vi.fn<(answer: JSONRPCMessage) => void>();
  await streamedCall(
    askingServer(answer),
    { jsonrpc: '2.0', id: 'call', method: 'tools/call' },
    {
      authInfo: { token: '', clientId: 'caller', scopes: [] },
      questions: box as Partial<QuestionBox> as QuestionBox,
      gone: new AbortController().signal,
      ending: new AbortController().signal,
    },
  );
  await expect.poll(() => looks.mock.calls.length).toBeGreaterThan(0);
  await vi.advanceTimersByTimeAsync(TEN_MINUTES_MS);
  await expect
    .poll(() => answer.mock.calls)
    .toEqual([[{ jsonrpc: '2.0', id: 'question', result: { action: 'cancel' } }]]);
  expect(box.close).toHaveBeenCalledOnce();
});
