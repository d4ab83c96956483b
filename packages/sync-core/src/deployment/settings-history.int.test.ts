import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { LiveSettings } from '../config/live-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { type RealWorld, realWorld } from '../testing/real-world.js';
import { DeploymentSettings } from './deployment-settings.js';

let world: RealWorld;
beforeAll(async () => {
  world = await realWorld(2);
});
afterAll(() => world.stop());
beforeEach(() => world.clear());

describe('the history', () => {
  it('says who changed what, when and why, newest first, page by page', async () => {
    const live = new LiveSettings(loadSettings({ env: {} }));
    const deployment = new DeploymentSettings(live, world.settingsStore, 'node', pino({ level: 'silent' }));
    const before = Date.now() - 1000;
    await deployment.set({ mode: 'hybrid' }, { by: 'ops', reason: 'peak hour' });
    await deployment.set({ mode: 'event-only', asyncTimeoutMs: 5 }, { by: 'other' });
    await deployment.reset(undefined, { by: 'ops' });
    const first = await deployment.history(2);
    expect(first).toMatchObject([
      {
        revision: 3,
        by: 'ops',
        settings: [
          { name: 'app.sync.mode', before: 'event-only', after: undefined },
          { name: 'app.sync.async-timeout-ms', before: 5, after: undefined },
        ],
      },
      {
        revision: 2,
        by: 'other',
        reason: undefined,
        settings: [{ before: 'hybrid' }, { before: undefined }],
      },
    ]);
    const [last, ...none] = await deployment.history(2, first.at(-1)?.id);
    expect(last).toMatchObject({
      revision: 1,
      by: 'ops',
      reason: 'peak hour',
      settings: [{ name: 'app.sync.mode', before: undefined, after: 'hybrid' }],
    });
    expect(last?.at).toBeGreaterThan(before);
    expect(none).toEqual([]);
  });

  it('is bounded: the oldest changes go', async () => {
    const change = (value: number) =>
      world.settingsStore.change({
        values: new Map([['app.sync.async-timeout-ms', value]]),
        forgetOthers: false,
        by: 'ops',
      });
    for (let value = 1; value <= 1010; value += 10) {
      await Promise.all(Array.from({ length: 10 }, (_, index) => change(value + index)));
    }
    const history = await world.settingsStore.history(2000);
    expect(history).toHaveLength(1000);
    expect(history.at(-1)?.revision).toBe(11);
  });
});
