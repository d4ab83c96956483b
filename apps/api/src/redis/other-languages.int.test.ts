import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

const run = promisify(execFile);
const script = (name: string) => fileURLToPath(new URL(`tried/${name}`, import.meta.url));
let api: InProcessApi;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'clients-'));
  api = await startInProcessApi({ REDIS_LISTEN_PORT: '0' });
});
afterAll(async () => {
  await api.stop();
  await rm(folder, { recursive: true });
});

/** A client in another language: what shows whether this machine has it, and its script. */
interface Tried {
  readonly client: string;
  readonly look: readonly string[];
  readonly smoke: readonly string[];
}

const clients: readonly Tried[] = [
  {
    client: 'redis-py',
    look: ['python3', '-c', 'import redis'],
    smoke: ['python3', script('redis-py.py')],
  },
  {
    client: 'phpredis',
    look: ['php', '-r', 'exit(extension_loaded("redis") ? 0 : 1);'],
    smoke: ['php', script('phpredis.php')],
  },
  {
    client: 'redis-rb',
    look: ['ruby', '-e', 'require "redis"'],
    smoke: ['ruby', script('redis-rb.rb')],
  },
  {
    client: 'hiredis',
    look: ['cc', script('hiredis.c'), '-o', '<folder>/hiredis', '-lhiredis'],
    smoke: ['<folder>/hiredis'],
  },
];

it.for(clients)(
  '$client writes and reads as it does with Redis',
  async ({ client, look, smoke }, context) => {
    const inFolder = (words: readonly string[], ...more: string[]) => {
      const [program = '', ...args] = [...words, ...more].map((word) => word.replace('<folder>', folder));
      return run(program, args);
    };
    const there = await inFolder(look).then(
      () => true,
      () => false,
    );
    if (!there) context.skip(`NOT CHECKED: this machine does not have ${client}`);
    const { stdout } = await inFolder(smoke, String(api.redisPort), `${randomUUID()}:`);
    expect(stdout).toMatch(new RegExp(`^${client} \\d`));
  },
);
