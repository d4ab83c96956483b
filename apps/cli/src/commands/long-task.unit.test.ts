import { Readable } from 'node:stream';
import { FakeApi, problem, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterEach, describe, expect, it } from 'vitest';
import { callIn } from '../testing/call-in.js';
import { type CliOptions, runCli } from '../testing/run-cli.js';

let api: FakeApi | undefined;
afterEach(() => api?.stop());

/** An api that gives these answers in turn. */
async function answering(...answers: Record<string, unknown>[]) {
  let next = 0;
  const started = await FakeApi.start(() => toolAnswer(answers[next++] ?? {}));
  api = started;
  return {
    run: (...argv: string[]) => runCli([...argv, '--url', started.url]),
    runAt: (terminal: CliOptions, ...argv: string[]) => runCli([...argv, '--url', started.url], terminal),
    calls: () => started.received.map(callIn),
  };
}

const part = (rest: Record<string, unknown>) => ({
  complete: false,
  cursor: 'next',
  health: 'HEALTHY',
  keys: 10,
  differing: 0,
  kinds: { 'shadow-behind': 0 },
  samples: [],
  seconds: 1,
  keysPerSecond: 10,
  ...rest,
});

it('goes on at the cursor until the task is complete, and adds the answers up', async () => {
  const { run, calls } = await answering(
    part({ health: 'ISSUES_DETECTED', differing: 1, kinds: { 'shadow-behind': 1 }, samples: [{ key: 'a' }] }),
    part({ complete: true, cursor: null, keys: 30 }),
  );
  const end = await run('verify', 'prefix=a', '--json');
  expect(end.code).toBe(1);
  expect(end.json()).toMatchObject({
    complete: true,
    health: 'ISSUES_DETECTED',
    keys: 40,
    differing: 1,
    kinds: { 'shadow-behind': 1 },
    samples: [{ key: 'a' }],
    seconds: 2,
    keysPerSecond: 20,
  });
  expect(calls().map((call) => [call.name, call.arguments.prefix, call.arguments.cursor])).toEqual([
    ['verify_cache_sync', 'a', undefined],
    ['verify_cache_sync', 'a', 'next'],
  ]);
});

it('exits 0 when cache and shadows agree', async () => {
  const { run } = await answering(part({ complete: true, cursor: null }));
  expect((await run('verify')).code).toBe(0);
});

it('says how to go on when a call in the middle fails', async () => {
  const started = await FakeApi.start(({ body }) =>
    body.includes('next') ? problem(503, 'NOT_READY', 'stopping') : toolAnswer(part({ cursor: 'next' })),
  );
  api = started;
  const end = await runCli(['restore', '--url', started.url]);
  expect(end.code).toBe(1);
  expect(end.stderr).toContain('error: stopping');
  expect(end.stderr).toContain('cursor=next');
});

it('says why a task stopped and how to go on, and exits 1', async () => {
  const { run, calls } = await answering({
    complete: false,
    cursor: 'here',
    shadows: 1,
    expected: 9,
    stopped: 'MongoDB is away',
    seconds: 1,
  });
  const end = await run('restore');
  expect(end.code).toBe(1);
  expect(end.stderr).toContain('stopped: MongoDB is away');
  expect(end.stderr).toContain('cursor=here');
  expect(calls()).toHaveLength(1);
});

const plan = part({ complete: true, cursor: null, health: 'ISSUES_DETECTED', differing: 2 });

it('repairs nothing without --yes where no one can be asked, but shows the plan', async () => {
  const { run, calls } = await answering(plan);
  const end = await run('repair', 'prefix=a');
  expect(calls().map((call) => call.arguments.apply)).toEqual([false]);
  expect(end.stdout).toContain('nothing is changed yet');
  expect(end.stderr).toContain('--yes');
});

it('repairs with --yes, and exits 1 when something could not be mended', async () => {
  const { run, calls } = await answering({ ...plan, done: { resynced: 1, failed: 1 } });
  expect((await run('repair', '--yes')).code).toBe(1);
  expect(calls().map((call) => [call.name, call.arguments.apply])).toEqual([['force_sync_repair', true]]);
});

it('imports what --match names', async () => {
  const { run, calls } = await answering({ complete: true, cursor: null, seen: 3, imported: 3, seconds: 1 });
  expect((await run('import', '--match', 'user:*', '--yes')).code).toBe(0);
  const given = { match: 'user:*', apply: true };
  expect(calls()).toMatchObject([{ name: 'import_plain_keys', arguments: given }]);
});

it.each([
  [
    'import',
    ['import', '--match', 'user:*'],
    { complete: true, cursor: null, importable: 2, samples: ['user:1', 'user:2'] },
  ],
  ['discard', ['discard', 'key=a'], { found: 2, deadLetters: [], changed: 0 }],
  [
    'settings reset',
    ['settings', 'reset', 'SYNC_MODE'],
    { settings: [{ name: 'app.sync.mode', value: 'hybrid' }] },
  ],
])(
  '%s changes nothing without --yes where no one can be asked, but shows the plan',
  async (_, words, answer) => {
    const { run, calls } = await answering(answer, answer);
    const end = await run(...words);
    expect(calls().map((call) => call.arguments.apply)).toEqual([false]);
    expect(end.stdout).toContain('nothing is changed yet');
    expect(end.stderr).toContain('--yes');
    await run(...words, '--yes');
    expect(calls().map((call) => call.arguments.apply)).toEqual([false, true]);
  },
);

it('says at once what a discard of everything lacks', async () => {
  const { run, calls } = await answering({});
  const end = await run('discard', '--yes');
  expect(end.code).toBe(2);
  expect(end.stderr).toContain('all');
  expect(calls()).toEqual([]);
});

describe('with somebody at a terminal', () => {
  const asked = (answer: string) => ({
    stdin: Object.assign(Readable.from([Buffer.from(answer)]), { isTTY: true }),
    terminal: { columns: 80, rows: 24 },
  });
  const letters = [{ id: '1-2' }, { id: '1-3' }];

  it.each([
    ['discards what it showed, whatever died meanwhile', 'y\n', [false, true], ['1-2', '1-3']],
    ['discards nothing without a yes', 'n\n', [false], undefined],
  ])('%s', async (_, answer, applied, ids) => {
    const { runAt, calls } = await answering({ found: 2, deadLetters: letters, changed: 0 });
    await runAt(asked(answer), 'discard', 'all=true');
    expect(calls().map((call) => call.arguments.apply)).toEqual(applied);
    expect(calls()[1]?.arguments.ids).toEqual(ids);
  });

  it('resets the settings that it showed, and none that were changed meanwhile', async () => {
    const { runAt, calls } = await answering({
      revision: 7,
      settings: [{ name: 'app.sync.mode', value: 'hybrid' }],
    });
    await runAt(asked('y\n'), 'settings', 'reset', 'all=true');
    expect(calls().map((call) => call.arguments.ifRevision)).toEqual([undefined, 7]);
  });
});

it('deletes no keys by prefix without --yes where no one can be asked, and with it on to the last page', async () => {
  const plan = part({ complete: true, cursor: null });
  const { run, calls } = await answering(plan, part({ cursor: '7', deleted: 10 }), { ...plan, deleted: 5 });
  expect((await run('del-prefix', 'prefix=a')).stderr).toContain('--yes');
  expect((await run('del-prefix', 'prefix=a', '--yes', '--json')).json()).toMatchObject({ deleted: 15 });
  expect(calls().map((call) => [call.arguments.apply, call.arguments.cursor])).toEqual([
    [false, undefined],
    [true, undefined],
    [true, '7'],
  ]);
});
