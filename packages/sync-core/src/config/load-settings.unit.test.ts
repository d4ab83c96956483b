import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../permanent-errors.js';
import { loadSettings } from './load-settings.js';
import { SETTINGS } from './settings.js';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'load-settings-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A settings file with this text. */
function fileOf(yaml: string): string {
  const file = join(directory, 'app.yaml');
  writeFileSync(file, yaml);
  return file;
}

const load = (yaml: string, env: Record<string, string> = {}) => loadSettings({ env, file: fileOf(yaml) });

/** What is wrong with a configuration, fault by fault. */
function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof ConfigurationError) return error.problems;
    throw error;
  }
  return [];
}

/** The guide's own example, word for word. */
const GUIDE = `
app:
  sync:
    async-timeout-ms: 2000      # Timeout for async sync attempts
    max-async-threads: 10       # Maximum async thread pool size
`;

describe('where a setting comes from', () => {
  it('is its default, when nothing names it', () => {
    const { settings, sources } = loadSettings({ env: {} });
    const defaults = Object.fromEntries(
      Object.entries(SETTINGS).map(([name, { default: value }]) => [name, value]),
    );
    expect(settings).toEqual(defaults);
    expect(new Set(Object.values(sources))).toEqual(new Set(['default']));
  });

  it("is the file, under the guide's names", () => {
    const { settings, sources } = load(GUIDE.replace('2000', '1500').replace('10 ', '7 '));
    expect(settings).toMatchObject({ asyncTimeoutMs: 1500, maxAsyncThreads: 7 });
    expect(sources).toMatchObject({ asyncTimeoutMs: 'file', maxAsyncThreads: 'file', slots: 'default' });
  });

  it("is the file, also where its value is the default's", () => {
    expect(load(GUIDE).sources).toMatchObject({ asyncTimeoutMs: 'file' });
  });

  it('is the environment before the file, and the file before the default', () => {
    const { settings, sources } = load('app: { sync: { async-timeout-ms: 2, mode: hybrid } }', {
      ASYNC_TIMEOUT_MS: '3',
    });
    expect(settings).toMatchObject({ asyncTimeoutMs: 3, mode: 'hybrid', maxAsyncThreads: 10 });
    expect(sources).toMatchObject({
      asyncTimeoutMs: 'environment',
      mode: 'file',
      maxAsyncThreads: 'default',
    });
  });

  it('is not a variable that is empty', () => {
    const { settings, sources } = load('app: { sync: { async-timeout-ms: 2 } }', {
      ASYNC_TIMEOUT_MS: '',
      SYNC_MODE: '',
      CONFIG_FILE: '',
    });
    expect(settings).toMatchObject({ asyncTimeoutMs: 2, mode: 'adaptive' });
    expect(sources).toMatchObject({ asyncTimeoutMs: 'file', mode: 'default' });
  });

  it('is the file that CONFIG_FILE names, unless another one is given', () => {
    const CONFIG_FILE = fileOf('app: { slots: 5 }');
    expect(loadSettings({ env: { CONFIG_FILE } }).settings.slots).toBe(5);
    expect(loadSettings({ env: { CONFIG_FILE: '/nowhere.yaml' }, file: CONFIG_FILE }).settings.slots).toBe(5);
    expect(problemsOf(() => loadSettings({ env: { CONFIG_FILE: '' } }))).toEqual([]);
  });

  const withDefault = Object.entries(SETTINGS).filter(([, definition]) => definition.default !== undefined);
  it.each(withDefault)('%s can be read from the environment as text', (name, definition) => {
    const { settings, sources } = loadSettings({ env: { [definition.env]: String(definition.default) } });
    expect(settings).toHaveProperty(name, definition.default);
    expect(sources).toHaveProperty(name, 'environment');
  });

  it('has one name only: no two settings share a variable or a path', () => {
    const all = Object.values(SETTINGS);
    expect(new Set(all.map(({ env }) => env)).size).toBe(all.length);
    expect(new Set(all.map(({ yaml }) => yaml)).size).toBe(all.length);
  });
});

describe('values', () => {
  it.each([
    ['env', () => loadSettings({ env: { ALLOWED_HOSTS: 'a.example, b.example:c' } })],
    ['file', () => load('app: { http: { allowed-hosts: [a.example, "b.example:c"] } }')],
  ])('of a list are each checked: %s', (_, read) => {
    expect(problemsOf(read)).toEqual([expect.stringMatching(/^(ALLOWED_HOSTS|app.http.allowed-hosts): ./)]);
  });

  it.each([
    ['in the environment', () => loadSettings({ env: { ALLOWED_HOSTS: 'a.example, [::1]\n10.0.0.1' } })],
    ['in the file', () => load('app: { http: { allowed-hosts: [a.example, "[::1]", 10.0.0.1] } }')],
  ])('may be a list %s', (_, read) => {
    expect(read().settings.allowedHosts).toEqual(['a.example', '[::1]', '10.0.0.1']);
  });

  it('of event-only prefixes are any texts without commas and spaces, none of them empty; in a file any texts', () => {
    const prefixes = (env: string) =>
      loadSettings({ env: { EVENT_ONLY_PREFIXES: env } }).settings.eventOnlyPrefixes;
    expect(prefixes('')).toBeUndefined();
    expect(prefixes('user:, cart:*\n\u00e9')).toEqual(['user:', 'cart:*', '\u00e9']);
    const inFile = (list: string) => load(`app: { sync: { event-only-prefixes: ${list} } }`);
    expect(inFile('["a b,", "c"]').settings.eventOnlyPrefixes).toEqual(['a b,', 'c']);
    expect(problemsOf(() => inFile('["", "c"]'))).toEqual([
      expect.stringMatching(/^app.sync.event-only-prefixes: must be beginnings of keys/),
    ]);
  });

  it.each([
    ['ASYNC_TIMEOUT_MS', '0'],
    ['ASYNC_TIMEOUT_MS', '2s'],
    ['ASYNC_TIMEOUT_MS', '1.5'],
    ['ASYNC_TIMEOUT_MS', '1e3'],
    ['ASYNC_TIMEOUT_MS', ' '],
    ['PORT', '65536'],
    ['LOAD_SATURATION', '0'],
    ['LOAD_SATURATION', '1.01'],
    ['LOAD_SATURATION', 'most'],
    ['SYNC_MODE', 'Hybrid'],
    ['ALLOWED_ORIGINS', 'app.example'],
    ['ALLOWED_ORIGINS', 'https://app.example/path'],
    ['PUBLIC_URL', 'sync.example'],
    ['PUBLIC_URL', 'https://sync.example/cache/'],
    ['METRICS_PORT', '-1'],
    ['RATE_LIMIT_PER_MINUTE', 'many'],
    ['HYBRID_SYNC_NAMESPACE', 'a:b'],
    ['HYBRID_SYNC_NAMESPACE', '{a}'],
    ['REDIS_URL', 'localhost:6379'],
    ['MONGODB_URL', 'redis://127.0.0.1'],
  ])('%s may not be %j', (variable, text) => {
    const problems = problemsOf(() => loadSettings({ env: { [variable]: text } }));
    expect(problems).toEqual([expect.stringMatching(new RegExp(`^${variable}: .`))]);
  });

  it('are all checked: every fault of file and environment is named at once', () => {
    const problems = problemsOf(() =>
      load('app: { sync: { async-timeout-ms: soon, max-async-thread: 3 }, slots: 0 }', { PORT: 'x' }),
    );
    expect(problems.map((problem) => problem.split(/:| in /, 1)[0]).sort()).toEqual([
      'PORT',
      'app.slots',
      'app.sync.async-timeout-ms',
      'app.sync.max-async-thread',
    ]);
  });

  it('in the file are not checked where the environment has another one in their place', () => {
    expect(problemsOf(() => load('app: { slots: 0 }', { HYBRID_SYNC_SLOTS: '4' }))).toEqual([]);
  });

  it('never appear in an error: a URL may hold a password', () => {
    const env = { REDIS_URL: 'http://:secret@redis', MONGODB_URL: 'secret' };
    expect(problemsOf(() => loadSettings({ env })).join()).not.toContain('secret');
    const broken = 'app:\n  redis:\n    url: "redis://:secret@redis\n';
    expect(problemsOf(() => load(broken)).join()).not.toContain('secret');
  });
});

describe('the file', () => {
  it('may hold no unknown key; the closest known one is suggested', () => {
    const problems = problemsOf(() => load('app: { sync: { async-timeout: 5 } }'));
    expect(problems).toEqual([
      expect.stringMatching(
        /^app\.sync\.async-timeout in .*app\.yaml is not .*did you mean app\.sync\.async-timeout-ms\?$/,
      ),
    ]);
  });

  it.each(['', '# only a comment\n', '---\n', '{}'])('may be empty: %j', (yaml) => {
    expect(load(yaml).settings).toEqual(loadSettings({ env: {} }).settings);
  });

  it.each(['app:', 'app:\n  sync:\n    # async-timeout-ms: 2000\n'])(
    'may have empty sections: %j',
    (yaml) => {
      expect(load(yaml).settings).toEqual(loadSettings({ env: {} }).settings);
    },
  );

  it('may not name a setting and give it no value', () => {
    expect(problemsOf(() => load('app:\n  slots:\n'))).toEqual([expect.stringMatching(/^app\.slots: ./)]);
  });

  it.each(['just text', '- a\n- b', '5'])('must hold settings: %j', (yaml) => {
    expect(problemsOf(() => load(yaml))).toEqual([expect.stringMatching(/must hold settings under app:/)]);
  });

  it('must be YAML; where it is not, the error says in which line', () => {
    const problems = problemsOf(() => load('app:\n  slots: [1, 2\n'));
    expect(problems).toEqual([expect.stringMatching(/app\.yaml: .*line \d/)]);
  });

  it('must be there when it is named', () => {
    const problems = problemsOf(() => loadSettings({ env: {}, file: join(directory, 'absent.yaml') }));
    expect(problems).toEqual([expect.stringMatching(/absent\.yaml: ENOENT/)]);
  });
});
