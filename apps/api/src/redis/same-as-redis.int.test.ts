import { loadSettings, ProjectorNode } from '@hybrid-sync/sync-core';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

let api: InProcessApi;
let projector: ProjectorNode;
let ours: Redis;
let bare: Redis;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_LISTEN_PORT: '0', SYNC_MODE: 'hybrid', ASYNC_TIMEOUT_MS: '20000' });
  // On a busy machine some writes take the other way to their shadows.
  projector = new ProjectorNode(loadSettings({ env: api.space.env }), pino({ level: 'silent' }));
  await projector.start();
  ours = new Redis(api.redisPort ?? 0, '127.0.0.1');
  bare = new Redis(api.space.env.REDIS_URL);
});

afterAll(async () => {
  ours.disconnect();
  bare.disconnect();
  await projector.stop();
  await api.stop();
});

type Command = readonly (string | Buffer)[];
/** How far two answers that tell of times may be apart, in the unit that they tell. */
const APART: Readonly<Record<string, number>> = { ttl: 2, pttl: 2000, expiretime: 2, pexpiretime: 2000 };

const key = fc.constantFrom('a', 'b', 'c').map((name) => ({ key: name }));
const number = fc.constantFrom(
  '0',
  '1',
  '-1',
  '7',
  '100',
  '9223372036854775807',
  '-9223372036854775808',
  '1.5',
  'x',
);
const value = fc.oneof(
  number,
  fc.constantFrom('', 'text', '3.25', '\0data:,x', '\0data:image/png;base64,YQ=='),
  fc.uint8Array({ maxLength: 6 }).map((bytes) => Buffer.from(bytes)),
);
const seconds = fc.constantFrom('100', '1000', '50', '0', '-1', 'x', '9223372036854775807');
const milliseconds = fc.constantFrom('100000', '200000', '0', '-1', 'x', '9223372036854775807');
const later = fc.constantFrom('4102444800', '4102444801', '1', '0', '-5', 'x');
const setOption = fc.oneof(
  fc.constantFrom<Command>(['NX'], ['xx'], ['GET'], ['KEEPTTL'], ['nonsense'], ['EX']),
  fc.tuple(fc.constant('EX'), seconds),
  fc.tuple(fc.constant('px'), milliseconds),
  fc.tuple(fc.constantFrom('EXAT', 'PXAT'), later),
);
const rule = fc.constantFrom('NX', 'XX', 'GT', 'LT', 'nonsense');
type Part = string | Buffer | { readonly key: string };
const words = (name: string, ...parts: fc.Arbitrary<unknown>[]) =>
  fc.tuple(...parts).map((given) => [name, ...(given.flat(2) as Part[])]);
const some = <T>(one: fc.Arbitrary<T>, most = 3) => fc.array(one, { maxLength: most });

const command: fc.Arbitrary<Part[]> = fc.oneof(
  words('set', key, value, some(setOption)),
  words('set', key, value),
  words('get', key),
  words('getdel', key),
  words('getset', key, value),
  words('setnx', key, value),
  words('getex', key, some(fc.oneof(setOption, fc.constant('PERSIST')), 2)),
  words('setex', key, seconds, value),
  words('psetex', key, milliseconds, value),
  words('append', key, value),
  words('strlen', key),
  fc.constantFrom('getrange', 'substr').chain((name) => words(name, key, number, number)),
  fc
    .constantFrom('incr', 'decr', 'persist', 'ttl', 'pttl', 'expiretime', 'pexpiretime', 'type')
    .chain((name) => words(name, key)),
  fc.constantFrom('incrby', 'decrby').chain((name) => words(name, key, number)),
  words('incrbyfloat', key, fc.oneof(number, fc.constantFrom('0.1', '-2.75', '1e3', 'nan'))),
  words('expire', key, seconds, some(rule, 2)),
  words('pexpire', key, milliseconds, some(rule, 2)),
  fc.constantFrom('expireat', 'pexpireat').chain((name) => words(name, key, later, some(rule, 2))),
  fc.constantFrom('mget', 'exists', 'touch', 'del', 'unlink').chain((name) => words(name, some(key))),
  words('mset', some(fc.tuple(key, value)), some(key, 1)),
  words('msetnx', key, value),
  words('echo', value),
  words('get', some(key)),
);

/** What came of commands that were sent together. An error counts by its words. */
async function answers(client: Redis, prefix: string, commands: readonly Part[][]): Promise<unknown[]> {
  const named = commands.map((parts) =>
    parts.map((part) => (typeof part === 'object' && 'key' in part ? prefix + part.key : part)),
  );
  const outcomes = named.map(([name, ...args]) => client.callBuffer(String(name), ...(args as string[])));
  return (await Promise.allSettled(outcomes)).map((outcome) =>
    outcome.status === 'fulfilled' ? outcome.value : `error: ${(outcome.reason as Error).message}`,
  );
}

let world = 0;

it('answers random commands, sent together, as Redis itself does', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(command, { minLength: 5, maxLength: 25 }), async (commands) => {
      const prefix = `w${world++}:`;
      const expected = await answers(
        bare,
        `${api.space.env.HYBRID_SYNC_NAMESPACE}:plain:${prefix}`,
        commands,
      );
      const given = await answers(ours, prefix, commands);
      for (const [index, [name]] of commands.entries()) {
        const apart = APART[String(name)];
        const [one, other] = [given[index], expected[index]];
        if (apart === undefined || typeof one !== 'number' || typeof other !== 'number') {
          expect({ command: commands[index], answer: one }).toEqual({
            command: commands[index],
            answer: other,
          });
        } else
          expect(Math.abs(one - other), String(name)).toBeLessThanOrEqual(one < 0 || other < 0 ? 0 : apart);
      }
    }),
    { numRuns: 60 },
  );
});

it.each([
  'select abc',
  'select 99',
  'client',
  'client id x',
  'client getname x',
  'client info x',
  'client setname',
  'client reply soon',
  'client nonsense',
  'client list type x',
  'client list id 0',
  'client list id x',
  'client kill',
  'client kill 1.2.3.4:5',
  'client kill addr',
  'client kill id x',
  'client kill id -1',
  'client kill id 1 skipme maybe',
  'client tracking',
  'client tracking soon',
  'command count x',
  'command list x',
  'command list filterby pattern mS*x',
  'command list filterby module none',
  'command list filterby size 1',
  'command getkeys nonsense x',
  'command nonsense',
  'hello 4',
  'hello x',
  'hello 2 setname',
  'ping a b',
  'wait 1 x',
  'scan x',
  'scan 0 count 0',
  'scan 0 match',
])('answers `%s` as Redis itself does', async (line) => {
  const parts = line.split(' ');
  expect(await answers(ours, '', [parts])).toEqual(await answers(bare, '', [parts]));
});

it('has all of it in the shadows then', async () => {
  expect(await ours.wait(1, 40_000)).toBe(1);
  await expect.poll(() => api.call('verify_cache_sync')).toMatchObject({ health: 'HEALTHY', differing: 0 });
});
