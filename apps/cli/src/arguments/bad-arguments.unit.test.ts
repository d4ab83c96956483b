import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeApi, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.js';

let folder: string;
let api: FakeApi;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cli-arguments-'));
  await writeFile(join(folder, 'latin1'), Buffer.from([0x6d, 0xfc, 0x6c, 0x6c]));
  api = await FakeApi.start(() => toolAnswer({ success: true }));
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});
afterEach(() => {
  api.received.length = 0;
});

const run = (words: readonly string[], stdin?: string | Uint8Array) =>
  runCli(['--url', api.url, '--json', ...words.map((word) => word.replace('DIR', folder))], {
    ...(stdin === undefined ? {} : { stdin }),
  });

describe('bad input is refused with exit code 2, a message that names the field, and no call:', () => {
  it.each<[what: string, words: string[], field: string, message: RegExp]>([
    ['no equals sign', ['set', 'key'], 'argument 1', /"key" is not name=value, such as key=/],
    ['a value in two words', ['set', 'key=a', 'value=b', 'c'], 'argument 3', /"c" is not name=value/],
    ['no name', ['set', '=a'], 'argument 1', /no name/],
    ['an empty word', ['set', ''], 'argument 1', /not name=value/],
    ['an unknown name', ['set', 'key=a', 'valeu=b'], '"valeu"', /did you mean value\?/],
    ['a name of other case', ['set', 'Key=a'], '"Key"', /did you mean key\?/],
    ['a name near to none', ['set', 'expiration=3'], '"expiration"', /there is no such argument$/],
    ['a name for a command without arguments', ['load-check', 'key=a'], '"key"', /takes no arguments/],
    ['__proto__', ['set', 'key=a', 'value=b', '__proto__=c'], '"__proto__"', /no such argument/],
    ['constructor', ['set', 'key=a', 'value=b', 'constructor=c'], '"constructor"', /no such argument/],
    ['toString', ['get', 'toString=a'], '"toString"', /no such argument/],
    ['a control character in a name', ['set', 'k\x1b[31mey=a'], '"k\\u001b[31mey"', /no such argument/],
    ['a blank before the name', ['set', ' key=a'], '" key"', /did you mean key\?/],
    ['a name twice', ['set', 'key=a', 'key=b', 'value=c'], 'key', /given twice/],
    ['a required name missing', ['set', 'key=a'], 'value', /is missing/],
    ['all missing', ['get'], 'key', /is missing/],
    ['an empty key', ['get', 'key='], 'key', /must not be empty/],
    ['half of a surrogate pair', ['get', 'key=\ud800'], 'key', /well-formed/],
    ['bytes that are not UTF-8', ['get', 'key=\ufffd'], 'key', /not UTF-8/],
    ['NaN', ['set', 'key=a', 'value=b', 'ttlSec=NaN'], 'ttlSec', /whole number/],
    ['Infinity', ['set', 'key=a', 'value=b', 'ttlSec=Infinity'], 'ttlSec', /whole number/],
    ['an overflow to Infinity', ['set', 'key=a', 'value=b', 'ttlSec=1e400'], 'ttlSec', /whole number/],
    [
      'more than a safe integer',
      ['wait', 'key=a', 'version=9007199254740993'],
      'version',
      /9007199254740991/,
    ],
    ['a hundred years and more', ['set', 'key=a', 'value=b', 'ttlSec=9999999999'], 'ttlSec', /3155760000/],
    ['a fraction', ['set', 'key=a', 'value=b', 'ttlSec=1.5'], 'ttlSec', /must be a whole number$/],
    ['a negative number', ['set', 'key=a', 'value=b', 'ttlSec=-1'], 'ttlSec', /must be at least 0$/],
    ['hexadecimal', ['set', 'key=a', 'value=b', 'ttlSec=0x10'], 'ttlSec', /whole number/],
    ['digits with a blank', ['set', 'key=a', 'value=b', 'ttlSec= 10'], 'ttlSec', /whole number/],
    ['other digits', ['set', 'key=a', 'value=b', 'ttlSec=٣'], 'ttlSec', /whole number/],
    ['no number', ['set', 'key=a', 'value=b', 'ttlSec='], 'ttlSec', /whole number/],
    [
      'a control character in a number',
      ['set', 'key=a', 'value=b', 'ttlSec=1\x00'],
      'ttlSec',
      /whole number/,
    ],
    ['a number in words', ['scan', 'limit=many'], 'limit', /whole number/],
    ['a number out of range', ['scan', 'limit=1001'], 'limit', /1000/],
    ['no boolean', ['set', 'key=a', 'value=b', 'ifAbsent=yes'], 'ifAbsent', /true or false/],
    ['a boolean of other case', ['set', 'key=a', 'value=b', 'ifAbsent=TRUE'], 'ifAbsent', /true or false/],
    ['a cursor of letters', ['scan', 'cursor=abc'], 'cursor', /cursor/],
    ['an empty list', ['mget', 'keys='], 'keys.0', /must not be empty/],
    ['an empty JSON list', ['mget', 'keys=[]'], 'keys', /must not be empty$/],
    ['an empty element', ['mget', 'keys=a,,b'], 'keys.1', /must not be empty/],
    ['a list that is not JSON', ['mget', 'keys=["a"'], 'keys', /not JSON.*key=\[/],
    ['a list of numbers', ['mget', 'keys=[1]'], 'keys.0', /must be text/],
    [
      'a list in lists',
      ['mget', `keys=${'['.repeat(50_000)}${']'.repeat(50_000)}`],
      'keys.0',
      /must be text$/,
    ],
    ['too long a list', ['mget', `keys=${'a,'.repeat(100)}a`], 'keys', /100/],
    [
      'a file that is not there',
      ['set', 'key=a', 'value=@DIR/none'],
      'value',
      /can't read the file \(there is no such/,
    ],
    ['a folder', ['set', 'key=a', 'value=@DIR'], 'value', /it is a folder/],
    ['a file that is not UTF-8', ['set', 'key=a', 'value=@DIR/latin1'], 'value', /not UTF-8/],
    ['a file without end', ['set', 'key=a', 'value=@/dev/zero'], 'value', /more than 16 MiB/],
    ['no file after the @', ['set', 'key=a', 'value=@'], 'value', /needs a file/],
    ['standard input twice', ['set', 'key=@-', 'value=@-'], 'value', /read for key already/],
  ])('%s', async (_, words, field, message) => {
    const end = await run(words, 'text');
    expect(end.error()).toMatchObject({ code: 'INVALID_INPUT', field });
    expect(end.error().message).toMatch(message);
    expect(end.error().message.startsWith(field)).toBe(true);
    expect([end.code, end.stdout, api.received]).toEqual([2, '', []]);
  });

  it.each<[what: string, words: string[], message: RegExp]>([
    ['an unknown command', ['gett', 'key=a'], /unknown command 'gett'.*get/s],
    ['an unknown option', ['get', 'key=a', '--yaml'], /unknown option '--yaml'/],
    ['a token as an option', ['get', '--token=hs_x'], /^unknown option '--token=...'$/],
    ['arguments without a command', ['key=a', "value='b'"], /^unknown command 'key=...'$/],
    ['an option without its value', ['get', 'key=a', '--url'], /argument missing/],
  ])('%s', async (_, words, message) => {
    const end = await runCli(['--json', ...words]);
    expect(end.error()).toMatchObject({ code: 'USAGE', message: expect.stringMatching(message) });
    expect([end.code, end.stdout]).toEqual([2, '']);
  });

  it('input that is not UTF-8 in standard input', async () => {
    const end = await run(['set', 'key=a', 'value=@-'], Uint8Array.of(0xc3, 0x28));
    expect(end.error()).toMatchObject({
      field: 'value',
      message: expect.stringMatching(/input is not UTF-8/),
    });
    expect(end.code).toBe(2);
  });

  it('never with the value in the message', async () => {
    const secret = 'the-value-of-somebody';
    const words = [`ttlSec=${secret}`, `value=${secret}\ufffd`, `ifAbsent=${secret}`, `value=@${secret}`];
    for (const word of words) {
      const end = await run(['set', 'key=a', word]);
      expect(end.code).toBe(2);
      expect(end.stdout + end.stderr).not.toContain(secret);
    }
  });
});
