import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';

/** What others may have written beside the settings in Redis. */
let api: InProcessApi;
beforeAll(async () => {
  api = await startInProcessApi();
});
afterAll(() => api.stop());

const MODE = 'app.sync.mode';
const key = (name: string) => `${api.pod.live.current.namespace}:{settings}${name}`;

it.each([
  ['no word of who and when', undefined],
  ['a word that is none', 'yesterday someone'],
  ['a moment beyond all calendars', '3 9e99 someone'],
  ['a moment before all of them', '-1 -5 someone'],
])('a value with %s is shown all the same', async (_, set) => {
  const redis = api.pod.stores.redis.at('any');
  await redis.del(key(''));
  const revision = Math.floor(Math.random() * 1e6) + 1;
  await redis.hset(key(''), {
    revision,
    [`value:${MODE}`]: '"hybrid"',
    ...(set && { [`set:${MODE}`]: set }),
  });
  await api.pod.deployment.look();
  const { settings } = await api.call('hybrid_sync_settings', { name: MODE });
  expect(settings).toMatchObject([{ name: MODE, value: 'hybrid', source: 'run-time' }]);
  expect(settings).not.toMatchObject([{ at: expect.anything() }]);
});

it('a revision that is none is no obstacle to a change', async () => {
  const redis = api.pod.stores.redis.at('any');
  await redis.del(key(''));
  await redis.hset(key(''), { revision: 'many' });
  await api.pod.deployment.look();
  expect(await api.call('hybrid_sync_settings')).toMatchObject({ revision: 0 });
  expect(await api.call('hybrid_sync_settings_set', { settings: { [MODE]: 'hybrid' } })).toMatchObject({
    revision: 1,
  });
});

it('a change in the history that tells nothing is listed', async () => {
  const redis = api.pod.stores.redis.at('any');
  await redis.xadd(key(':history'), '*', 'foreign', 'entry', 'at', 'once', 'after:app.sync.mode', '{');
  const { changes } = await api.call('hybrid_sync_settings_history', { limit: 1 });
  expect(changes).toEqual([
    {
      revision: null,
      at: null,
      by: null,
      reason: null,
      settings: [{ name: MODE, before: null, after: null }],
    },
  ]);
});
