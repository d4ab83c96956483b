import { randomBytes } from 'node:crypto';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { put } from '../testing/put.js';

const KEY = 'a-key-that-is-told-to-no-one';
const VALUE = 'a-value-that-is-told-to-no-one';

let system: RealSystem;
let fast: RealApp;
let events: RealApp;
let silent: RealApp;
let projector: RealApp;
beforeAll(async () => {
  system = new RealSystem({ LOG_WRITES_EVERY: '1', ASYNC_TIMEOUT_MS: '60000' });
  [fast, events, projector] = await Promise.all([
    system.start('api', { SYNC_MODE: 'hybrid' }),
    system.start('api', { SYNC_MODE: 'event-only' }),
    system.start('projector'),
  ]);
});
afterAll(() => system?.stop());

/** What an app has logged with this message. */
const lines = (app: RealApp, msg: string) => app.logged.filter((line) => line.msg === msg);
/** The line about a mutation, with this message, once it is there; of whichever app has it. */
async function lineOf(apps: RealApp[], msg: string, version: number) {
  const find = () =>
    apps.flatMap((app) => lines(app, msg)).find((line) => String(line.mutation).endsWith(`-${version}`));
  await expect.poll(find).toBeDefined();
  return find();
}

describe('a write that is logged', () => {
  it.each(['http', 'mcp'])('has a line in the api, with the id of its request: %s', async (surface) => {
    const requestId = randomBytes(8).toString('hex');
    const headers = { 'x-request-id': requestId, 'content-type': 'application/json' };
    const [version, echoed] =
      surface === 'http'
        ? await put(fast, KEY, VALUE, { headers }).then((answer) => [
            answer.body.version,
            answer.headers.get('x-request-id'),
          ])
        : await fetch(`${fast.url}/mcp/message`, {
            method: 'POST',
            headers,
            body: JSON.stringify({
              method: 'tools/call',
              params: { name: 'kv_set', arguments: { key: KEY, value: VALUE } },
            }),
          }).then(async (response) => [
            ((await response.json()) as { result: { structuredContent: { version: number } } }).result
              .structuredContent.version,
            response.headers.get('x-request-id'),
          ]);
    expect(echoed).toBe(requestId);
    expect(await lineOf([fast], 'write answered', Number(version))).toMatchObject({
      requestId,
      method: 'ASYNC_THREAD',
      tool: 'kv_set',
    });
  });

  it('has one of the fast worker, of whichever pod, with the same id of the mutation', async () => {
    const { body } = await put(fast, KEY, VALUE);
    const answered = await lineOf([fast], 'write answered', body.version);
    const applied = await lineOf([fast, events], 'mutation brought to its shadow', body.version);
    expect(applied).toMatchObject({ mutation: answered?.mutation, path: 'fast', refused: false });
  });

  it('or of the projector', async () => {
    const { body } = await put(events, KEY, VALUE);
    const answered = await lineOf([events], 'write answered', body.version);
    expect(answered).toMatchObject({ method: 'EVENT_BASED', fallbackReason: 'EVENT_ONLY' });
    const applied = await lineOf([projector], 'mutation brought to its shadow', body.version);
    expect(applied).toMatchObject({ mutation: answered?.mutation, path: 'outbox' });
  });

  it('tells neither key nor value, and each line is one JSON object', async () => {
    for (const app of [fast, events, projector]) {
      const { logged } = app;
      expect(logged.length).toBeGreaterThan(0);
      expect(JSON.stringify(logged)).not.toContain(KEY);
      expect(JSON.stringify(logged)).not.toContain(VALUE);
    }
  });
});

it('no write is logged where none is to be', async () => {
  silent = await system.start('api', { SYNC_MODE: 'hybrid', LOG_WRITES_EVERY: '0' });
  await put(silent, KEY, VALUE);
  expect(lines(silent, 'write answered')).toEqual([]);
});
