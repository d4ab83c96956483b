import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConnectionOptions, connectionOf } from './connection.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-connection-'));
  await writeFile(join(folder, 'token'), 'hs_from-file\n');
  await writeFile(join(folder, 'empty'), '\n');
  await writeFile(join(folder, 'two'), 'hs_one\nhs_two\n');
});
afterAll(() => rm(folder, { recursive: true }));

const file = (name: string) => join(folder, name);

describe('URL and token', () => {
  it('come from the options, else from the environment, else there is a default', () => {
    const env = { HYBRID_SYNC_URL: 'https://env.example/', HYBRID_SYNC_TOKEN: 'hs_from-env' };
    expect(connectionOf({}, {})).toEqual({
      url: 'http://127.0.0.1:8080',
      token: undefined,
      timeoutMs: 10_000,
    });
    expect(connectionOf({}, env)).toMatchObject({ url: 'https://env.example', token: 'hs_from-env' });
    expect(
      connectionOf({ url: 'http://option.example/', tokenFile: file('token'), timeout: '0.0015' }, env),
    ).toEqual({ url: 'http://option.example', token: 'hs_from-file', timeoutMs: 2 });
  });

  it('empty variables count as absent', () => {
    expect(connectionOf({}, { HYBRID_SYNC_URL: '', HYBRID_SYNC_TOKEN: '' })).toMatchObject({
      url: 'http://127.0.0.1:8080',
      token: undefined,
    });
  });

  it('a path before the api stays', () => {
    expect(connectionOf({ url: 'https://proxy.example/sync//' }, {}).url).toBe('https://proxy.example/sync');
  });

  it.each<[what: string, options: ConnectionOptions, env: Record<string, string>, message: RegExp]>([
    ['no URL', { url: 'localhost' }, {}, /^--url: must be a URL/],
    ['an empty one', { url: '' }, {}, /^--url: must be a URL/],
    ['another scheme', { url: 'redis://localhost' }, {}, /^--url: must be a URL that begins with http/],
    ['a port that there is not', { url: 'http://localhost:99999' }, {}, /^--url: must be a URL/],
    ['a password', { url: 'http://user:geheim@localhost' }, {}, /^--url: must not hold a user or password/],
    ['a query', { url: 'http://localhost/?token=geheim' }, {}, /^--url: must end before/],
    ['no URL in the environment', {}, { HYBRID_SYNC_URL: 'x' }, /^HYBRID_SYNC_URL: must be a URL/],
    [
      'a file that is not there',
      { tokenFile: 'geheim' },
      {},
      /^--token-file: can't read the file \(ENOENT\)/,
    ],
    ['a file without token', { tokenFile: 'empty' }, {}, /^--token-file: holds no token/],
    ['a file with two', { tokenFile: 'two' }, {}, /^--token-file: must hold one token/],
    ['a line break', {}, { HYBRID_SYNC_TOKEN: 'geheim\r\nX: y' }, /^HYBRID_SYNC_TOKEN: must hold one token/],
    [
      'other characters',
      {},
      { HYBRID_SYNC_TOKEN: 'geheim\u00e9' },
      /^HYBRID_SYNC_TOKEN: must hold one token/,
    ],
    ['no time', { timeout: '0' }, {}, /^--timeout: must be a number of seconds/],
    ['a negative time', { timeout: '-1' }, {}, /^--timeout/],
    ['NaN', { timeout: 'NaN' }, {}, /^--timeout/],
    ['a time that overflows', { timeout: '1e400' }, {}, /^--timeout/],
    ['more than an hour', { timeout: '3601' }, {}, /^--timeout/],
  ])('with %s are refused, without a secret in the message', (_, options, env, message) => {
    const given = options.tokenFile === undefined ? options : { tokenFile: file(options.tokenFile) };
    let thrown: unknown;
    try {
      connectionOf(given, env);
    } catch (error) {
      thrown = error;
    }
    expect(thrown).toMatchObject({
      code: 'INVALID_INPUT',
      exitCode: 2,
      message: expect.stringMatching(message),
    });
    expect(JSON.stringify(thrown) + (thrown as Error).message).not.toContain('geheim');
  });
});
