import { type FakeAnswer, FakeApi, problem, type Received, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterEach, describe, expect, it } from 'vitest';
import { EndedBySignal } from '../errors.js';
import { type CliOptions, runCli } from '../testing/run-cli.js';

let api: FakeApi | undefined;
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

async function run(
  answer: (request: Received) => FakeAnswer | undefined,
  words: readonly string[] = ['get', 'key=a'],
  options: CliOptions = {},
) {
  api = await FakeApi.start(answer);
  return runCli(['--url', api.url, ...words], options);
}

describe('a call', () => {
  it('goes to its route with the token, below the path of the URL', async () => {
    api = await FakeApi.start(() => toolAnswer({ found: true }));
    await runCli(['--url', `${api.url}/proxy/`, 'get', 'key=a'], { env: { HYBRID_SYNC_TOKEN: 'hs_t' } });
    const [{ method, url, headers }] = api.received as [Received];
    expect([method, url, headers.authorization]).toEqual(['GET', '/proxy/kv/a', 'Bearer hs_t']);
  });

  it("takes a tool's full name", async () => {
    const end = await run(() => toolAnswer({ isHighLoad: false }), ['hybrid_sync_load_check', '--json']);
    expect(end.json()).toEqual({ isHighLoad: false });
    expect(api?.received[0]?.url).toBe('/sync/load');
  });

  it('does not follow a redirect, which would take arguments and token elsewhere', async () => {
    const end = await run(() => ({ status: 307, headers: { location: '/elsewhere' }, body: '' }));
    expect([end.code, api?.received.length]).toEqual([3, 1]);
  });
});

const NOT_REACHED = {
  reached: false,
  message: 'm',
  key: 'a',
  version: 7,
  shadowVersion: null,
  waitedMs: 0,
  timestamp: '2026-11-23T16:00:00.000Z',
};

describe('the exit code says', () => {
  it.each<[what: string, answer: FakeAnswer, code: number, words?: string]>([
    ['0 for an answer', toolAnswer({ found: true, key: 'a', value: 'b' }), 0],
    ['0 for a state that is bad news', toolAnswer({ isHighLoad: true }), 0, 'load-check'],
    ['0 for an answer of a later version', toolAnswer({ isFound: true }), 0],
    ['1 for no such key', toolAnswer({ found: false, key: 'a' }), 1],
    ['1 for what is not reached yet', toolAnswer(NOT_REACHED), 1, 'wait key=a version=7'],
    ['1 for a condition', problem(412, 'PRECONDITION_FAILED', 'm', { version: 7 }), 1],
    ['1 for a full journal', problem(503, 'JOURNAL_FULL', 'm', { retryAfterSec: 5 }), 1],
    ['1 for Redis away', problem(503, 'CACHE_UNAVAILABLE', 'm'), 1],
    ['1 for a defect', problem(500, 'INTERNAL', 'm'), 1],
    ['1 for too many requests', problem(429, 'RATE_LIMITED', 'm'), 1],
    ['1 for an api that is starting', problem(503, 'NOT_READY', 'm'), 1],
    ['2 for an argument', problem(400, 'INVALID_INPUT', 'value: is too long', { field: 'value' }), 2],
    ['2 for too large a body', problem(413, 'BODY_TOO_LARGE', 'body: is over the limit'), 2],
    ['3 for another page', { status: 200, body: '<html>' }, 3],
    ['3 for another service', { status: 404, body: { statusCode: 404, error: 'Not Found' } }, 3],
    ['3 for the projector', problem(404, 'NOT_FOUND', 'path: nothing is served here'), 3],
    ['3 for a route without POST', problem(405, 'METHOD_NOT_ALLOWED', 'method: may be GET'), 3],
    ['3 for a proxy that reaches none', { status: 503, body: '<h1>503 Service Unavailable</h1>' }, 3],
    ['3 for an empty answer', { status: 200, body: '' }, 3],
    ['3 for JSON that is no answer', { status: 200, body: ['a'] }, 3],
    ['4 for no token', problem(401, 'UNAUTHORIZED', 'Authorization: is missing'), 4],
    ['4 for the wrong role', problem(403, 'FORBIDDEN', 'Authorization: needs'), 4],
    ['4 for a tool of another role', problem(403, 'FORBIDDEN', 'Authorization: needs'), 4],
  ])('%s', async (_, answer, code, words = 'get key=a') => {
    const end = await run(() => answer, [...words.split(' '), '--json']);
    expect(end.code).toBe(code);
    // Either an answer or an error, and that one document alone.
    expect(end.stdout === '').toBe(end.stderr !== '');
    expect(() => (end.stdout === '' ? end.error() : end.json())).not.toThrow();
  });
});

describe('an error', () => {
  it('as JSON has what the api said, and what to do', async () => {
    const end = await run(
      () => problem(503, 'JOURNAL_FULL', 'the journal is full', { retryAfterSec: 5 }),
      ['set', 'key=a', 'value=b', '--json'],
    );
    expect(JSON.parse(end.stderr)).toEqual({
      success: false,
      error: {
        code: 'JOURNAL_FULL',
        message: 'the journal is full',
        hint: expect.stringContaining('MongoDB has been away'),
        retryAfterSec: 5,
      },
    });
  });

  it('as JSON has the version that a condition met', async () => {
    const answer = problem(412, 'PRECONDITION_FAILED', 'm', { version: null });
    expect((await run(() => answer, ['del', 'key=a', '--json'])).error()).toMatchObject({ version: null });
  });

  it('for people says what is wrong and what to do, without colours', async () => {
    const end = await run(() => problem(429, 'RATE_LIMITED', '9 requests a minute are the limit'));
    expect(end.stderr).toBe('error: 9 requests a minute are the limit\n');
    await api?.stop();
    const later = await run(() => ({
      ...problem(429, 'RATE_LIMITED', 'too many'),
      headers: { 'retry-after': '17' },
    }));
    expect(later.stderr).toBe('error: too many\ntry again in 17 s\n');
  });

  it('for people has nothing in it that a terminal acts upon', async () => {
    const end = await run(() => problem(500, 'INTERNAL', 'ab\x1b[2Jc\r\u202e'));
    expect(end.stderr).toBe('error: ab\\u001b[2Jc\\r\\u202e\n');
  });

  it('never holds the token, also where the api quotes it', async () => {
    const options = { env: { HYBRID_SYNC_TOKEN: 'hs_secret' } };
    const quoting = ({ headers }: Received) => ({ status: 500, body: `<p>${headers.authorization}</p>` });
    const end = await run(quoting, ['get', 'key=a'], options);
    expect(end.code).toBe(3);
    expect(end.stderr).not.toContain('secret');
  });
});

describe('an api that can not be reached', () => {
  it('ends with 3, and says how to start one', async () => {
    const gone = await FakeApi.start(() => undefined);
    await gone.stop();
    const end = await runCli(['--url', gone.url, 'get', 'key=a', '--json']);
    expect(end.code).toBe(3);
    expect(end.error()).toMatchObject({
      code: 'API_UNREACHABLE',
      message: `no api answers at ${gone.url}: nothing listens there`,
      hint: expect.stringContaining('npm start'),
    });
  });

  it('by its name ends with 3', async () => {
    const end = await runCli(['--url', 'http://no-such-host.invalid', 'get', 'key=a']);
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(/^error: no api answers at http:\/\/no-such-host.invalid: its name/);
  });

  it('in time ends with 3, and says that a write may have been done', async () => {
    const end = await run(() => undefined, ['set', 'key=a', 'value=b', '--timeout', '0.05']);
    expect(end.code).toBe(3);
    expect(end.stderr).toMatch(/did not answer within 0.05 s; a write may have been done/);
  });

  it('in time is waited for as long as the tool was asked to wait, and no longer', async () => {
    const words = ['wait', 'key=a', 'version=1', 'waitMs=100', '--timeout', '0.1'];
    const end = await run(() => undefined, words);
    expect(end.stderr).toContain('did not answer within 0.2 s');
  });
});

it('a signal ends a call under way', async () => {
  const ended = new AbortController();
  const end = await run(
    () => {
      ended.abort(new EndedBySignal('SIGTERM'));
      return undefined;
    },
    ['set', 'key=a', 'value=b'],
    { signal: ended.signal },
  );
  expect([end.code, end.stdout, end.stderr]).toEqual([143, '', '']);
});
