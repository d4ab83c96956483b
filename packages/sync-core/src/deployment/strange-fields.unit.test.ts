import fc from 'fast-check';
import { expect, it } from 'vitest';
import { LiveSettings } from '../config/live-settings.js';
import { loadSettings } from '../config/load-settings.js';
import { SETTING_NAMES, SETTINGS } from '../config/settings.js';
import { shownSettings, shownValue } from '../config/shown-settings.js';
import { pastChange, runTimeSettingsOf } from './settings-fields.js';

/** Bounded time for each property, in milliseconds. */
const BOUNDED = { numRuns: 500, interruptAfterTimeLimit: 5000 };

const path = fc.oneof(
  fc.constantFrom(...SETTING_NAMES.map((name) => SETTINGS[name].yaml)),
  fc.constantFrom('', '__proto__', 'app.sync', 'constructor'),
);
const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
const text = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.json({ maxDepth: 3 }),
  fc.constantFrom(
    '',
    '"hybrid"',
    '{',
    '1e999',
    '-1',
    '9007199254740993',
    '3 9e99 x',
    '1 -5',
    '"event-only"',
    deep,
  ),
);
const field = fc.oneof(
  fc.tuple(fc.constantFrom('value:', 'set:', 'after:', 'before:', ''), path).map((parts) => parts.join('')),
  fc.constantFrom('revision', 'by', 'at', 'reason', '__proto__'),
);
const fields = fc.array(fc.tuple(field, text), { maxLength: 8 });

it('whatever others wrote beside the settings is followed where it can be, and can be shown', () => {
  const loaded = loadSettings({ env: {} });
  fc.assert(
    fc.property(fields, (pairs) => {
      const live = new LiveSettings(loaded);
      const unusable = live.follow(runTimeSettingsOf(Object.fromEntries(pairs)));
      expect(unusable.join().length).toBeLessThan(10_000);
      expect(Number.isSafeInteger(live.revision)).toBe(true);
      for (const { at, value } of shownSettings(live)) {
        if (at !== undefined) expect(new Date(at).toISOString()).toMatch(/^\d{4}-/);
        expect(JSON.stringify(value)).toBeTypeOf('string');
      }
    }),
    BOUNDED,
  );
});

it('whatever others wrote into their history can be shown', () => {
  fc.assert(
    fc.property(fields, (pairs) => {
      const { revision, at, settings } = pastChange('1-0', pairs.flat());
      expect(revision === undefined || Number.isSafeInteger(revision)).toBe(true);
      if (at !== undefined) expect(new Date(at).toISOString()).toMatch(/^\d{4}-/);
      for (const { name, before, after } of settings) {
        for (const value of [before, after]) {
          expect(['string', 'number', 'boolean', 'object']).toContain(typeof shownValue(name, value));
        }
      }
    }),
    BOUNDED,
  );
});
