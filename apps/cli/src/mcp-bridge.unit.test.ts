import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { OwnHttp } from '@hybrid-sync/services/own-http';
import { afterEach, describe, expect, it } from 'vitest';
import { bridgeMcp } from './mcp-bridge.js';

type Answer = (request: IncomingMessage, body: string, response: ServerResponse) => void;

let server: OwnHttp | undefined;
afterEach(() => server?.stop());

/** An api that answers as the test wants it to. */
async function apiThat(answer: Answer): Promise<string> {
  server = await OwnHttp.start(async (request, response) => answer(request, await text(request), response));
  return server.url;
}

/** Answers each request with its own params. */
const echo: Answer = (_, body, response) => {
  const { id, params } = JSON.parse(body);
  sendJson(response, 200, { jsonrpc: '2.0', id, result: { ...params, protocolVersion: '2025-11-25' } });
};

function sendJson(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A bridge with lines already in its input, which then ends; resolves with the answers and what was logged. */
async function bridged(apiUrl: string, lines: (string | object)[], token?: string) {
  const input = new PassThrough();
  const output = new PassThrough();
  const logged: string[] = [];
  const read = text(output);
  const bridge = bridgeMcp({ apiUrl, token, input, output, log: (line) => logged.push(line) });
  for (const line of lines) input.write(`${typeof line === 'string' ? line : JSON.stringify(line)}\n`);
  input.end();
  await bridge;
  output.end();
  const printed = await read;
  return {
    answers: printed
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
    printed,
    logged,
  };
}

const request = (id: number, method = 'ping', params = {}) => ({ jsonrpc: '2.0', id, method, params });

describe('a bridge', () => {
  it('answers what is under way when its input ends', async () => {
    const pending: (() => void)[] = [];
    const url = await apiThat((incoming, body, response) => {
      pending.push(() => echo(incoming, body, response));
      if (pending.length === 3) for (const answer of pending.reverse()) answer();
    });
    const { answers, logged } = await bridged(url, [request(1), request(2), request(3)]);
    expect(answers.map(({ id }) => id).sort()).toEqual([1, 2, 3]);
    expect(logged).toEqual([]);
  });

  it('sends the token with each request, and the revision of the protocol once it is agreed on', async () => {
    const seen: unknown[] = [];
    const url = await apiThat((incoming, body, response) => {
      const { authorization, 'mcp-protocol-version': revision } = incoming.headers;
      seen.push([incoming.url, authorization, revision]);
      echo(incoming, body, response);
    });
    const input = new PassThrough();
    const output = new PassThrough();
    const bridge = bridgeMcp({ apiUrl: `${url}/`, token: 'secret', input, output, log: () => {} });
    const clientInfo = { name: 'test', version: '1' };
    const params = { protocolVersion: '2025-11-25', capabilities: {}, clientInfo };
    input.write(`${JSON.stringify(request(1, 'initialize', params))}\n`);
    await once(output, 'readable');
    input.end(`${JSON.stringify(request(2))}\n`);
    await bridge;
    expect(seen).toEqual([
      ['/mcp', 'Bearer secret', undefined],
      ['/mcp', 'Bearer secret', '2025-11-25'],
    ]);
  });

  it('passes characters on as they are', async () => {
    const value = '\u0000\u2028 \u{1F511} ключ "\\\n';
    const { answers, printed } = await bridged(await apiThat(echo), [request(1, 'ping', { value })]);
    expect(answers[0].result.value).toBe(value);
    expect(printed.trimEnd().split('\n')).toHaveLength(1);
  });
});

describe('a request that the api does not take is answered with an error,', () => {
  it('when no api listens', async () => {
    const url = await apiThat(echo);
    await server?.stop();
    const { answers, logged } = await bridged(url, [request(7)]);
    expect(answers).toMatchObject([{ id: 7, error: { code: -32603 } }]);
    expect(answers[0].error.message).toMatch(new RegExp(`^no answer from the api at ${url}: .*ECONNREFUSED`));
    expect(logged).toEqual([answers[0].error.message]);
  });

  it.each([
    ['problem details', { code: 'UNAUTHORIZED', detail: 'Authorization: needs a token' }],
    ['an error of its own', { code: 'UNAUTHORIZED', message: 'Authorization: needs a token' }],
  ])('with the words of %s', async (_, body) => {
    const url = await apiThat((_request, _body, response) => sendJson(response, 401, body));
    const { answers } = await bridged(url, [request(7)], 'secret');
    expect(answers).toEqual([
      {
        jsonrpc: '2.0',
        id: 7,
        error: {
          code: -32603,
          message: `the api at ${url} refused: Authorization: needs a token`,
          data: { status: 401, code: 'UNAUTHORIZED' },
        },
      },
    ]);
  });

  it('which is the one of JSON-RPC, where the api gave one', async () => {
    const error = { code: -32600, message: 'params: expected record', data: { field: 'params' } };
    const url = await apiThat((_request, _body, response) =>
      sendJson(response, 400, { jsonrpc: '2.0', id: null, error }),
    );
    const { answers } = await bridged(url, [request(7)]);
    expect(answers).toEqual([{ jsonrpc: '2.0', id: 7, error }]);
  });

  it('when the answer is not JSON, without the token in it', async () => {
    const url = await apiThat((incoming, _body, response) =>
      response.writeHead(502).end(`<html>${'x'.repeat(1000)}${incoming.headers.authorization}`),
    );
    const { printed, logged } = await bridged(url, [request(7)], 'secret');
    expect(printed).toContain('"status":502');
    expect(printed + logged).not.toContain('secret');
  });

  it('but a notification is only logged', async () => {
    const url = await apiThat((_request, _body, response) => sendJson(response, 503, { detail: 'starting' }));
    const notification = { jsonrpc: '2.0', method: 'notifications/initialized' };
    expect(await bridged(url, [notification])).toMatchObject({
      answers: [],
      logged: [expect.stringContaining('starting')],
    });
  });
});

describe('a line of input', () => {
  it.each([
    ['is not JSON', '{"jsonrpc":', -32700],
    ['is no message', '{"jsonrpc":"1.0","id":1}', -32600],
    ['is a batch', '[{"jsonrpc":"2.0","id":1,"method":"ping"}]', -32600],
  ])('that %s gets an error, and the next one its answer', async (_, line, code) => {
    const { answers } = await bridged(await apiThat(echo), [line, request(2)]);
    expect(answers).toMatchObject([{ error: { code } }, { id: 2, result: {} }]);
  });

  it('that is too long ends the bridge', async () => {
    const line = 'x'.repeat(65 * 1024 * 1024);
    await expect(bridged(await apiThat(echo), [line])).rejects.toThrow(/exceeded maximum size/);
  });
});

it('a request that the client gives up ends its connection, and gets no answer', async () => {
  const asked = new PassThrough();
  const gone = new PassThrough();
  const url = await apiThat((_request, _body, response) => {
    response.once('close', () => gone.end());
    asked.end();
  });
  const input = new PassThrough();
  const output = new PassThrough();
  const printed = text(output);
  const bridge = bridgeMcp({ apiUrl: url, input, output, log: () => {} });
  input.write(`${JSON.stringify(request(1))}\n`);
  await once(asked.resume(), 'end');
  input.write('{"jsonrpc":"2.0","method":"notifications/cancelled","params":{"requestId":1}}\n');
  await once(gone.resume(), 'end');
  input.end();
  await bridge;
  output.end();
  expect(await printed).toBe('');
});

it('an answer that is cut off before its end is an error', async () => {
  const url = await apiThat((_request, _body, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.end(': nothing\n\n');
  });
  const { answers } = await bridged(url, [request(7)]);
  expect(answers).toMatchObject([{ id: 7, error: { code: -32603 } }]);
});

it('ends when nobody reads its output any more, also with a request under way', async () => {
  const asked = new PassThrough();
  const url = await apiThat(() => asked.end());
  const input = new PassThrough();
  const output = new PassThrough();
  const bridge = bridgeMcp({ apiUrl: url, input, output, log: () => {} });
  input.write(`${JSON.stringify(request(1))}\n`);
  await once(asked.resume(), 'end');
  output.destroy(Object.assign(new Error('broken pipe'), { code: 'EPIPE' }));
  await bridge;
  expect(input.listenerCount('data')).toBe(0);
});
