import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors.js';
import { checkedValues, settingNamed } from './settings-change.js';

/** What is wrong with a change. */
function faultOf(values: Record<string, unknown>): InvalidInputError {
  try {
    checkedValues(values);
  } catch (error) {
    if (error instanceof InvalidInputError) return error;
    throw error;
  }
  throw new Error('nothing is wrong with it');
}

describe('a setting is named', () => {
  it.each(['app.sync.async-timeout-ms', 'ASYNC_TIMEOUT_MS', 'asyncTimeoutMs'])('by %s', (name) => {
    expect(settingNamed(name)).toBe('asyncTimeoutMs');
  });

  it.each([
    ['app.sync.async-timeout', 'app.sync.async-timeout-ms'],
    ['ASYNC_TIMEOUT', 'ASYNC_TIMEOUT_MS'],
    ['asyncTimeout', 'asyncTimeoutMs'],
  ])('by no other name; the closest one is suggested: %s', (name, suggested) => {
    expect(faultOf({ [name]: 1 }).message).toMatch(
      new RegExp(`^${name}: is not a setting; did you mean ${suggested}\\?$`),
    );
  });

  it.each(['toString', 'xyz', 'what is this', 'ünïcödé', ''])(
    'none is suggested for what is near none: %j',
    (name) => {
      expect(faultOf({ [name]: 1 }).message).toMatch(/: is not a setting$/);
    },
  );

  it('at no length: what is repeated of a name is bounded', () => {
    expect(faultOf({ ['x'.repeat(10_000)]: 1 }).message.length).toBeLessThan(300);
  });
});

describe('a change', () => {
  it("holds values as the settings' schemas read them, numbers as text too, by YAML path", () => {
    const values = checkedValues({ asyncTimeoutMs: '1500', LOAD_SATURATION: 0.5, 'app.sync.mode': 'hybrid' });
    expect([...values]).toEqual([
      ['app.sync.async-timeout-ms', 1500],
      ['app.load.saturation', 0.5],
      ['app.sync.mode', 'hybrid'],
    ]);
  });

  it('takes a setting back to the value of the start by null', () => {
    expect([...checkedValues({ mode: null })]).toEqual([['app.sync.mode', undefined]]);
  });

  it.each([
    ['asyncTimeoutMs', 0],
    ['asyncTimeoutMs', 'soon'],
    ['asyncTimeoutMs', true],
    ['loadSaturation', 1.5],
    ['mode', 'Hybrid'],
    ['mode', ['hybrid']],
  ])('is refused, and the setting named, not the value: %s=%j', (name, value) => {
    const fault = faultOf({ maxAsyncThreads: 5, [name]: value });
    expect(fault.field).toBe(name);
    expect(fault.message.startsWith(`${name}: `)).toBe(true);
    expect(fault.message).not.toContain('soon');
  });

  it.each([
    ['redisUrl', 'redis://:secret@redis:6379', 'REDIS_URL', 'app.redis.url'],
    ['SLOTS', null, '', ''],
    ['HYBRID_SYNC_SLOTS', 4, 'HYBRID_SYNC_SLOTS', 'app.slots'],
    ['app.security.tokens', null, 'API_TOKENS', 'app.security.tokens'],
    ['PORT', 8080, 'PORT', 'app.http.port'],
  ])(
    'of %s is refused, and says what to set instead and that a restart is needed',
    (name, value, env, yaml) => {
      const { message } = faultOf({ [name]: value });
      expect(message).not.toContain('secret');
      if (env === '') expect(message).toContain('is not a setting');
      else {
        expect(message).toBe(
          `${name}: can't change at run time; set ${env}, or ${yaml} in the YAML file, and restart`,
        );
      }
    },
  );

  it('is refused whole, with every setting at fault', () => {
    const fault = faultOf({ mode: 'hybrid', asyncTimeoutMs: 0, slots: 3, colour: 'blue' });
    expect(fault.field).toBe('asyncTimeoutMs');
    for (const name of ['asyncTimeoutMs', 'slots', 'colour']) expect(fault.message).toContain(`${name}: `);
    expect(fault.message).not.toContain('mode:');
  });

  it('names a setting once', () => {
    expect(faultOf({ mode: 'hybrid', SYNC_MODE: 'adaptive' }).message).toBe(
      'SYNC_MODE: is app.sync.mode, which is given already',
    );
  });
});
