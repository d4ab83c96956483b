import { expect, it } from 'vitest';
import { LiveSettings, NO_RUN_TIME_SETTINGS } from '../config/live-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { SETTINGS, type SettingName } from '../config/settings.js';
import {
  breakerRule,
  checkPace,
  fastBounds,
  heartbeatPace,
  journalBound,
  loadThresholds,
  modeRule,
  outboxBounds,
  projectorPace,
  retryRule,
} from './settings-views.js';

/** Settings as a process has them, to which a change at run time comes. */
function liveSettings() {
  const live = new LiveSettings(loadSettings({ env: {} }));
  const set = (name: SettingName, value: unknown) => {
    const change = { value, revision: 1, at: 0, by: 'ops' };
    const unusable = live.follow({ revision: 1, values: new Map([[SETTINGS[name].yaml, change]]) });
    expect(unusable).toEqual([]);
  };
  return { live, set };
}

/** Every part's view, with which of its values a setting is, and by what that is the setting times. */
const FOLLOWERS: readonly [
  name: SettingName,
  view: (live: LiveSettings) => object,
  value: string,
  times?: number,
][] = [
  ['fastMaxInFlight', fastBounds, 'maxInFlight'],
  ['fastMaxBatch', fastBounds, 'maxMutations'],
  ['fastMaxBatchBytes', fastBounds, 'maxBytes'],
  ['breakerSlowCallMs', fastBounds, 'slowMs', 0.5],
  ['outboxMaxInFlight', outboxBounds, 'maxInFlight'],
  ['outboxMaxBatch', outboxBounds, 'maxMutations'],
  ['outboxMaxBatchBytes', outboxBounds, 'maxBytes'],
  ['breakerSlowCallMs', outboxBounds, 'slowMs', 0.5],
  ['journalMaxPerSlot', journalBound, 'maxPerSlot'],
  ['journalMaxBytesPerSlot', journalBound, 'maxBytesPerSlot'],
  ['maxAttempts', retryRule, 'maxAttempts'],
  ['retryBaseMs', retryRule, 'retryBaseMs'],
  ['breakerFailures', breakerRule, 'consecutiveFailures'],
  ['breakerSlowCallMs', breakerRule, 'slowCallMs'],
  ['breakerHalfOpenMs', breakerRule, 'halfOpenAfterMs'],
  ['loadSaturation', loadThresholds, 'saturation'],
  ['loadMaxUnprocessed', loadThresholds, 'maxUnprocessedEvents'],
  ['loadNormalSamples', loadThresholds, 'normalSamplesToLeave'],
  ['loadSampleMs', heartbeatPace, 'intervalMs'],
  ['loadSampleMs', heartbeatPace, 'forgetAfterMs', 20],
  ['projectorBatch', projectorPace, 'batch'],
  ['recoverAfterMs', projectorPace, 'recoverAfterMs'],
  ['projectorSweepMs', projectorPace, 'sweepMs'],
  ['checkIntervalMs', checkPace, 'intervalMs'],
  ['checkMaxKeys', checkPace, 'maxKeys'],
  ['checkKeysPerSecond', checkPace, 'keysPerSecond'],
];

it.each(FOLLOWERS)(
  '%s: who was given its view follows each change of it',
  (name, viewOf, value, times = 1) => {
    const { live, set } = liveSettings();
    const view = viewOf(live);
    const before = Number(live.current[name]);
    expect(view).toHaveProperty(value, times * before);
    const after = name === 'loadSaturation' ? before / 2 : before * 2;
    expect(after).not.toBe(before);
    set(name, after);
    expect(view).toHaveProperty(value, times * after);
    live.follow(NO_RUN_TIME_SETTINGS);
    expect(view).toHaveProperty(value, times * before);
  },
);

it('modes and their prefixes follow each change', () => {
  const { live, set } = liveSettings();
  const rule = modeRule(live);
  expect([rule.mode, rule.eventOnlyPrefixes.matches('bulk:1')]).toEqual(['adaptive', false]);
  set('mode', 'hybrid');
  expect(rule.mode).toBe('hybrid');
  set('eventOnlyPrefixes', ['bulk:']);
  expect([rule.mode, rule.eventOnlyPrefixes.matches('bulk:1')]).toEqual(['adaptive', true]);
  live.follow(NO_RUN_TIME_SETTINGS);
  expect(rule.eventOnlyPrefixes.matches('bulk:1')).toBe(false);
});
