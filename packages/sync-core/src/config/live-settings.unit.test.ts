import { describe, expect, it, vi } from 'vitest';
import { LiveSettings, NO_RUN_TIME_SETTINGS, type RunTimeSettings } from './live-settings.js';
import { loadSettings } from './load-settings.js';
import { SETTING_NAMES, SETTINGS } from './settings.js';

const AT = Date.UTC(2027, 0, 31);

/** What a store holds after one change by "ops" that set these values. */
function runTime(values: Record<string, unknown>, revision = 1): RunTimeSettings {
  const entries = Object.entries(values);
  return {
    revision,
    values: new Map(entries.map(([path, value]) => [path, { value, revision, at: AT, by: 'ops' }])),
  };
}

const live = (env: Record<string, string> = {}) => new LiveSettings(loadSettings({ env }));

describe('the settings in force', () => {
  it('are those of the start, as long as nothing was set at run time', () => {
    const settings = live({ ASYNC_TIMEOUT_MS: '3' });
    expect(settings.current).toEqual(settings.loaded.settings);
    expect(settings.revision).toBe(0);
    expect(settings.origins.asyncTimeoutMs).toEqual({ source: 'environment' });
    expect(settings.origins.mode).toEqual({ source: 'default' });
  });

  it('are those set at run time before all others, and say who set them, when and by which change', () => {
    const settings = live({ ASYNC_TIMEOUT_MS: '3', MAX_ASYNC_THREADS: '4' });
    expect(settings.follow(runTime({ 'app.sync.async-timeout-ms': 5 }, 7))).toEqual([]);
    expect(settings.current).toMatchObject({ asyncTimeoutMs: 5, maxAsyncThreads: 4, mode: 'adaptive' });
    expect(settings.revision).toBe(7);
    expect(settings.origins.asyncTimeoutMs).toEqual({ source: 'run-time', revision: 7, at: AT, by: 'ops' });
    expect(settings.origins.maxAsyncThreads).toEqual({ source: 'environment' });
  });

  it('are those of the start again, once nothing is set at run time any more', () => {
    const settings = live({ ASYNC_TIMEOUT_MS: '3' });
    settings.follow(runTime({ 'app.sync.async-timeout-ms': 5, 'app.sync.mode': 'hybrid' }));
    settings.follow(runTime({ 'app.sync.mode': 'hybrid' }, 2));
    expect(settings.current).toMatchObject({ asyncTimeoutMs: 3, mode: 'hybrid' });
    expect(settings.origins.asyncTimeoutMs).toEqual({ source: 'environment' });
    settings.follow(NO_RUN_TIME_SETTINGS);
    expect(settings.current).toEqual(settings.loaded.settings);
  });

  it('are one object that never changes: whoever holds it works with a consistent set', () => {
    const settings = live();
    const held = settings.current;
    settings.follow(runTime({ 'app.sync.async-timeout-ms': 5 }));
    expect(held.asyncTimeoutMs).toBe(2000);
    expect(settings.current).not.toBe(held);
    expect(Object.isFrozen(held) && Object.isFrozen(settings.current)).toBe(true);
  });
});

describe('what this version can not use', () => {
  it.each([
    ['a setting it does not have', 'app.sync.colour', 'blue', /^app\.sync\.colour: is not a setting/],
    ['a value that the schema refuses', 'app.sync.async-timeout-ms', 0, /^app\.sync\.async-timeout-ms: ./],
    [
      'a setting that needs a restart',
      'app.slots',
      4,
      /^app\.slots: can't change .* HYBRID_SYNC_SLOTS.*restart$/,
    ],
  ])('%s, leaves the setting as it was at the start, and takes all others', (_, path, value, fault) => {
    const settings = live();
    const unusable = settings.follow(runTime({ [path]: value, 'app.sync.mode': 'hybrid' }));
    expect(unusable).toEqual([expect.stringMatching(fault)]);
    expect(settings.current).toEqual({ ...settings.loaded.settings, mode: 'hybrid' });
  });
});

describe('who holds a value', () => {
  it('is told of each change of one: which, before and after', () => {
    const settings = live();
    const listener = vi.fn();
    settings.onChange(listener);
    const before = settings.current;
    settings.follow(runTime({ 'app.sync.async-timeout-ms': 5, 'app.sync.mode': 'hybrid' }));
    expect(listener).toHaveBeenCalledExactlyOnceWith({
      before,
      current: settings.current,
      names: ['asyncTimeoutMs', 'mode'],
    });
  });

  it('is not told where the value stays the same', () => {
    const settings = live({ ASYNC_TIMEOUT_MS: '5' });
    const listener = vi.fn();
    settings.onChange(listener);
    settings.follow(runTime({ 'app.sync.async-timeout-ms': 5 }));
    expect(settings.origins.asyncTimeoutMs.source).toBe('run-time');
    settings.follow(runTime({ 'app.sync.async-timeout-ms': 5 }, 2));
    expect(settings.revision).toBe(2);
    expect(listener).not.toHaveBeenCalled();
  });

  it('is not told where a list holds the same as before', () => {
    const settings = live();
    const prefixes = (...held: string[]) => runTime({ 'app.sync.event-only-prefixes': held });
    settings.follow(prefixes('a:', 'b:'));
    const listener = vi.fn();
    settings.onChange(listener);
    settings.follow(prefixes('a:', 'b:'));
    expect(listener).not.toHaveBeenCalled();
    settings.follow(prefixes('b:', 'a:'));
    expect(listener).toHaveBeenCalledOnce();
  });

  it('is not told any more once it ended that', () => {
    const settings = live();
    const listener = vi.fn();
    settings.onChange(listener)();
    settings.follow(runTime({ 'app.sync.mode': 'hybrid' }));
    expect(listener).not.toHaveBeenCalled();
  });
});

it.each(SETTING_NAMES.filter((name) => !SETTINGS[name].atRunTime))('%s never changes at run time', (name) => {
  const settings = live();
  const { yaml, default: value } = SETTINGS[name];
  expect(settings.follow(runTime({ [yaml]: value }))).toHaveLength(1);
});

/** Who runs the system relies on changing these without a restart. A new setting is in neither list. */
const LIVE = [
  'asyncTimeoutMs',
  'maxAsyncThreads',
  'mode',
  'eventOnlyPrefixes',
  'fastPathPaused',
  'fastMaxInFlight',
  'fastMaxBatch',
  'fastMaxBatchBytes',
  'outboxMaxInFlight',
  'outboxMaxBatch',
  'outboxMaxBatchBytes',
  'outboxTimeoutMs',
  'maxAttempts',
  'retryBaseMs',
  'journalMaxPerSlot',
  'journalMaxBytesPerSlot',
  'recoverAfterMs',
  'loadSampleMs',
  'loadSaturation',
  'loadMaxUnprocessed',
  'loadNormalSamples',
  'breakerFailures',
  'breakerSlowCallMs',
  'breakerHalfOpenMs',
  'projectorConcurrency',
  'projectorBatch',
  'projectorSweepMs',
  'projectorPaused',
  'checkIntervalMs',
  'checkMaxKeys',
  'checkKeysPerSecond',
] as const;

/** These connect, listen, let in, or decide how data is laid out. */
const FIXED = [
  'journalWaitReplicas',
  'journalWaitTimeoutMs',
  'outboxRetentionMs',
  'purgeGraceMs',
  'redisUrl',
  'queueRedisUrl',
  'redisTimeoutMs',
  'mongodbUrl',
  'mongodbTimeoutMs',
  'mongodbMaxPoolSize',
  'namespace',
  'slots',
  'maxKeyBytes',
  'maxValueBytes',
  'httpHost',
  'httpPort',
  'allowedHosts',
  'allowedOrigins',
  'publicUrl',
  'requestTimeoutMs',
  'shutdownDelayMs',
  'maxConnections',
  'maxConnectionsPerAddress',
  'rateLimitPerMinute',
  'redisPort',
  'redisAnswer',
  'redisTlsCert',
  'redisTlsKey',
  'redisTlsClientCa',
  'redisIdleMs',
  'metricsHost',
  'metricsPort',
  'metricsSampleMs',
  'apiTokens',
  'apiTokensFile',
  'logLevel',
  'logWritesEvery',
  'otlpEndpoint',
  'traceSampleRatio',
  'prometheusUrl',
  'prometheusSelector',
] as const;

it.each(LIVE)('%s may change while processes run', (name) => {
  expect(SETTINGS[name].atRunTime).toBe(true);
});

it.each(FIXED)('%s is left to a restart', (name) => {
  expect(SETTINGS[name].atRunTime).toBe(false);
});
