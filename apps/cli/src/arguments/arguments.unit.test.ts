import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeApi, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { callIn } from '../testing/call-in.js';
import { runCli } from '../testing/run-cli.js';
import { argumentSpecs } from './argument-spec.js';

let folder: string;
let api: FakeApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-arguments-'));
  await writeFile(join(folder, 'value'), '\ufefftext\u0000\r\n');
  await writeFile(join(folder, 'list'), '["a,b","c"]');
  api = await FakeApi.start(() => toolAnswer({ success: true }));
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

/** What the api was asked last. */
function lastCall() {
  const [last] = api.received.slice(-1);
  if (last === undefined) throw new Error('the api was asked nothing');
  return callIn(last);
}

describe('arguments are sent as the schema has them:', () => {
  it.each<[what: string, words: string[], sent: Record<string, unknown>]>([
    ['text', ['set', 'key=a', 'value=b'], { key: 'a', value: 'b' }],
    ['text that looks like a number', ['set', 'key=007', 'value=1e3'], { key: '007', value: '1e3' }],
    ['text that looks like JSON', ['set', 'key={}', 'value=[1]'], { key: '{}', value: '[1]' }],
    ['text that looks like true or null', ['set', 'key=true', 'value=null'], { key: 'true', value: 'null' }],
    ['an empty value', ['set', 'key=a', 'value='], { key: 'a', value: '' }],
    ['equals signs in a value', ['set', 'key=a=b', 'value==c='], { key: 'a=b', value: '=c=' }],
    ['what looks like an option', ['set', 'key=--json', 'value=-'], { key: '--json', value: '-' }],
    ['a literal @', ['set', 'key=@@-', 'value=@@@'], { key: '@-', value: '@@' }],
    ['an @ inside', ['set', 'key=a@b', 'value=c@'], { key: 'a@b', value: 'c@' }],
    ['control characters', ['set', 'key=a\tb', 'value=\x1b\n'], { key: 'a\tb', value: '\x1b\n' }],
    ['numbers', ['set', 'key=a', 'value=b', 'ttlSec=300'], { key: 'a', value: 'b', ttlSec: 300 }],
    ['a number with an exponent', ['scan', 'limit=1e2'], { limit: 100 }],
    ['a boolean', ['set', 'key=a', 'value=b', 'ifAbsent=true'], { key: 'a', value: 'b', ifAbsent: true }],
    ['nothing where a default is', ['scan'], {}],
    ['a list', ['mget', 'keys=a,b'], { keys: ['a', 'b'] }],
    ['a list as JSON', ['mget', 'keys=["a,b","c"]'], { keys: ['a,b', 'c'] }],
    ['a list one by one', ['mget', 'key=a,b', 'key=[c'], { keys: ['a,b', '[c'] }],
    ['a list in both ways', ['mget', 'keys=a,b', 'key=c,d'], { keys: ['a', 'b', 'c,d'] }],
    ['a list from a file', ['mget', 'keys=@DIR/list'], { keys: ['a,b', 'c'] }],
    [
      'a file, byte for byte',
      ['set', 'key=a', 'value=@DIR/value'],
      { key: 'a', value: '\ufefftext\u0000\r\n' },
    ],
    ['standard input', ['set', 'key=a', 'value=@-'], { key: 'a', value: 'in\n' }],
    [
      'a key of another argument beside a list',
      ['dead-letters', 'id=1-2', 'key=k'],
      { ids: ['1-2'], key: 'k' },
    ],
  ])('%s', async (_, words, sent) => {
    const end = await runCli(['--url', api.url, ...words.map((word) => word.replace('DIR', folder))], {
      stdin: 'in\n',
    });
    expect(end.stderr).toBe('');
    expect(lastCall().arguments).toEqual(sent);
  });

  it("values of any size, which the api's settings bound", async () => {
    const end = await runCli(['--url', api.url, 'set', 'key=a', 'value=@-'], {
      stdin: 'v'.repeat(2_000_000),
    });
    expect(end.code).toBe(0);
    expect(lastCall().arguments.value).toHaveLength(2_000_000);
  });
});

it('a schema of any shape becomes arguments', () => {
  const specs = argumentSpecs(
    z.strictObject({
      rate: z.number().describe('A rate.'),
      mode: z.enum(['fast', 'slow']).default('fast'),
      flags: z.array(z.boolean()).nullish(),
      flag: z.boolean(),
      filter: z.object({ a: z.string() }).optional(),
      either: z.union([z.string(), z.number()]),
    }),
  );
  expect(specs).toEqual([
    { name: 'rate', kind: 'number', required: true, description: 'A rate.' },
    {
      name: 'mode',
      kind: 'text',
      required: false,
      description: '',
      default: 'fast',
      choices: ['fast', 'slow'],
    },
    { name: 'flags', kind: 'list', element: 'boolean', required: false, description: '' },
    { name: 'flag', kind: 'boolean', required: true, description: '' },
    { name: 'filter', kind: 'json', required: false, description: '' },
    { name: 'either', kind: 'json', required: true, description: '' },
  ]);
});
