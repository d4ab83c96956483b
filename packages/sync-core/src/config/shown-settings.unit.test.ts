import { describe, expect, it } from 'vitest';
import { loadSettings } from './load-settings.js';
import { SETTINGS } from './settings.js';
import { shownSettings } from './shown-settings.js';

const SECRETS = {
  REDIS_URL: 'redis://user:secret@redis:6379/1',
  QUEUE_REDIS_URL: 'rediss://:secret@queue:6380?password=secret',
  MONGODB_URL: 'mongodb://user:secret@a:1,b:2/db?authMechanismProperties=AWS_SESSION_TOKEN:secret',
};
const { settings } = loadSettings({ env: { ...SECRETS, ALLOWED_HOSTS: 'a.example, b.example' } });
const shownValue = (name: string) =>
  shownSettings(settings).find((setting) => setting.environment === name)?.value;

describe('the settings that are shown', () => {
  it('are all there are, with their YAML names and meanings', () => {
    expect(
      shownSettings(settings).map(({ name, environment, meaning }) => [name, environment, meaning]),
    ).toEqual(Object.values(SETTINGS).map(({ yaml, env, doc }) => [yaml, env, doc]));
  });

  it('have the values in force, and null for none', () => {
    expect(shownValue('ASYNC_TIMEOUT_MS')).toBe(2000);
    expect(shownValue('SYNC_MODE')).toBe('adaptive');
    expect(shownValue('ALLOWED_HOSTS')).toBe('a.example b.example');
    expect(shownValue('PORT')).toBeNull();
  });

  it('hold addresses without user, password and options', () => {
    expect(Object.keys(SECRETS).map((name) => shownValue(name))).toEqual([
      'redis://redis:6379/1',
      'rediss://queue:6380',
      'mongodb://a:1,b:2/db',
    ]);
    expect(JSON.stringify(shownSettings(settings))).not.toContain('secret');
  });

  it('hide every other text, and say that there is one', () => {
    const numeric = { ...settings, maxAttempts: 'secret' as unknown as number };
    const shown = shownSettings(numeric).find((setting) => setting.environment === 'OUTBOX_MAX_ATTEMPTS');
    expect(shown).toMatchObject({ value: null, hidden: true });
    expect(shownSettings(settings).filter((setting) => setting.hidden)).toEqual([]);
    const { settings: withTokens } = loadSettings({ env: { API_TOKENS: 'a:read:secret' } });
    const tokens = shownSettings(withTokens).find((setting) => setting.environment === 'API_TOKENS');
    expect(tokens).toMatchObject({ value: null, hidden: true });
  });
});
