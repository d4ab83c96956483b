import { describe, expect, it } from 'vitest';
import { LiveSettings } from './live-settings.js';
import { loadSettings } from './load-settings.js';
import { SETTINGS } from './settings.js';
import { shownSettings, shownValue } from './shown-settings.js';

const SECRETS = {
  REDIS_URL: 'redis://user:secret@redis:6379/1',
  QUEUE_REDIS_URL: 'rediss://:secret@queue:6380?family=4',
  MONGODB_URL: 'mongodb://user:secret@a:1,b:2/db?authMechanismProperties=AWS_SESSION_TOKEN:secret',
};
const settings = new LiveSettings(
  loadSettings({ env: { ...SECRETS, ALLOWED_HOSTS: 'a.example, b.example' } }),
);
const inForce = (name: string) =>
  shownSettings(settings).find((setting) => setting.environment === name)?.value;

describe('the settings that are shown', () => {
  it('are all there are, with their YAML names and meanings', () => {
    expect(
      shownSettings(settings).map(({ name, environment, meaning }) => [name, environment, meaning]),
    ).toEqual(Object.values(SETTINGS).map(({ yaml, env, doc }) => [yaml, env, doc]));
  });

  it('have the values in force, and null for none', () => {
    expect(inForce('ASYNC_TIMEOUT_MS')).toBe(2000);
    expect(inForce('SYNC_MODE')).toBe('adaptive');
    expect(inForce('ALLOWED_HOSTS')).toBe('a.example b.example');
    expect(inForce('PORT')).toBeNull();
  });

  it('hold addresses without user, password and options', () => {
    expect(Object.keys(SECRETS).map((name) => inForce(name))).toEqual([
      'redis://redis:6379/1',
      'rediss://queue:6380',
      'mongodb://a:1,b:2/db',
    ]);
    expect(JSON.stringify(shownSettings(settings))).not.toContain('secret');
  });

  it('hide every other text, and say that there is one', () => {
    const current = { ...settings.current, maxAttempts: 'secret' as unknown as number };
    const numeric = { current, origins: settings.origins };
    const shown = shownSettings(numeric).find((setting) => setting.environment === 'OUTBOX_MAX_ATTEMPTS');
    expect(shown).toMatchObject({ value: null, hidden: true });
    expect(shownSettings(settings).filter((setting) => setting.hidden)).toEqual([]);
    const withTokens = new LiveSettings(loadSettings({ env: { API_TOKENS: 'a:read:secret' } }));
    const tokens = shownSettings(withTokens).find((setting) => setting.environment === 'API_TOKENS');
    expect(tokens).toMatchObject({ value: null, hidden: true });
  });

  it('say where each value came from and whether it may change, and who set it at run time and when', () => {
    const live = new LiveSettings(loadSettings({ env: { ASYNC_TIMEOUT_MS: '3' } }));
    const at = Date.UTC(2027, 0, 31);
    live.follow({
      revision: 4,
      values: new Map([['app.sync.mode', { value: 'hybrid', revision: 4, at, by: 'ops' }]]),
    });
    expect(shownSettings(live, 'asyncTimeoutMs')).toMatchObject([{ source: 'environment', atRunTime: true }]);
    expect(shownSettings(live, 'slots')).toMatchObject([{ source: 'default', atRunTime: false }]);
    expect(shownSettings(live, 'mode')).toMatchObject([
      { name: 'app.sync.mode', value: 'hybrid', source: 'run-time', by: 'ops', at },
    ]);
    expect(shownSettings(live, 'slots')[0]).not.toHaveProperty('by');
  });

  it('hide what a setting was that this version does not have', () => {
    expect(shownValue('app.sync.mode', 'hybrid')).toBe('hybrid');
    expect(shownValue('app.redis.url', 'redis://:secret@redis')).toBe('redis://redis');
    expect(shownValue('app.colour', 'secret')).toBeNull();
    expect(shownValue('app.sync.mode', undefined)).toBeNull();
  });
});
