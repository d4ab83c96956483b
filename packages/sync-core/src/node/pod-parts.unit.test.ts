import { expect, it, vi } from 'vitest';
import { LiveSettings } from '../config/live-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { SETTINGS, type SettingName } from '../config/settings.js';
import { applyChange } from './pod-parts.js';

/** Who is told of a change of one setting: the parts' names, and the worker's concurrency. */
function toldOf(name: SettingName, value: unknown) {
  const told: string[] = [];
  const part = (which: string) => ({ intervalChanged: vi.fn(() => void told.push(which)) });
  const fastWorker = { concurrency: 10 };
  const parts = { fastWorker, load: part('load'), heartbeat: part('heartbeat'), check: part('check') };
  const live = new LiveSettings(loadSettings({ env: {} }));
  live.onChange((change) => applyChange(parts, change));
  const change = { value, revision: 1, at: 0, by: 'ops' };
  live.follow({ revision: 1, values: new Map([[SETTINGS[name].yaml, change]]) });
  return { told, concurrency: fastWorker.concurrency };
}

it.each([
  ['maxAsyncThreads', 3, { told: [], concurrency: 3 }],
  ['loadSampleMs', 500, { told: ['load', 'heartbeat'], concurrency: 10 }],
  ['checkIntervalMs', 60_000, { told: ['check'], concurrency: 10 }],
  ['asyncTimeoutMs', 500, { told: [], concurrency: 10 }],
] as const)('a change of %s to %d reaches the parts that hold it, and no others', (name, value, expected) => {
  expect(toldOf(name, value)).toEqual(expected);
});
