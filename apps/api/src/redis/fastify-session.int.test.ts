import cookies from '@fastify/cookie';
import sessions from '@fastify/session';
import { createClient } from '@redis/client';
import { RedisStore } from 'connect-redis';
import { type FastifyInstance, fastify } from 'fastify';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

declare module 'fastify' {
  interface Session {
    visits?: number;
  }
}

let api: InProcessApi;
let app: FastifyInstance;
const connected = async () => createClient({ url: `redis://127.0.0.1:${api.redisPort}` }).connect();
let client: Awaited<ReturnType<typeof connected>>;

beforeAll(async () => {
  api = await startInProcessApi({ REDIS_LISTEN_PORT: '0' });
  client = await connected();
  app = fastify();
  await app.register(cookies);
  await app.register(sessions, {
    secret: 'no secret but long enough for one',
    cookie: { secure: false, maxAge: 100_000 },
    store: new RedisStore({ client, prefix: 's:' }),
  });
  app.get('/', async ({ session }) => {
    session.visits = (session.visits ?? 0) + 1;
    return { visits: session.visits };
  });
  app.get('/leave', async ({ session }) => {
    await session.destroy();
    return {};
  });
});

afterAll(async () => {
  await app.close();
  await client.close();
  await api.stop();
});

it('@fastify/session keeps its sessions there by its store for Redis, and in the shadows', async () => {
  const get = async (url: string, cookie?: string) => {
    const reply = await app.inject({ url, ...(cookie === undefined ? {} : { headers: { cookie } }) });
    const [set] = reply.cookies;
    return { json: reply.json(), cookie: set === undefined ? cookie : `${set.name}=${set.value}` };
  };
  const first = await get('/');
  expect((await get('/', first.cookie)).json).toEqual({ visits: 2 });
  expect((await get('/')).json).toEqual({ visits: 1 });
  const keys = await client.keys('s:*');
  expect(keys).toHaveLength(2);
  expect(await client.ttl(keys[0] ?? '')).toBeGreaterThan(90);
  await expect.poll(() => api.call('verify_cache_sync')).toMatchObject({ health: 'HEALTHY', differing: 0 });
  await get('/leave', first.cookie);
  expect(await client.keys('s:*')).toHaveLength(1);
  expect((await get('/', first.cookie)).json).toEqual({ visits: 1 });
});
