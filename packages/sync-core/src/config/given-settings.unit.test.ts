import { expect, it } from 'vitest';
import { settingsGiven } from './given-settings.js';
import { loadSettings } from './load-settings.js';

it('without anything given the settings are those of a process without any', () => {
  expect(settingsGiven({}).settings).toEqual(loadSettings({ env: {} }).settings);
});

it('takes values of their own types, and says which were given', () => {
  const { settings, sources } = settingsGiven({ asyncTimeoutMs: 500, mode: 'hybrid' });
  expect(settings).toMatchObject({ asyncTimeoutMs: 500, mode: 'hybrid' });
  expect([sources.asyncTimeoutMs, sources.slots]).toEqual(['file', 'default']);
});

it('names everything at fault', () => {
  const given = { asyncTimeoutMs: -1, asyncTimeoutMS: 5, slots: 'many' } as unknown as Parameters<
    typeof settingsGiven
  >[0];
  expect(() => settingsGiven(given)).toThrow(
    expect.objectContaining({
      code: 'CONFIGURATION',
      problems: [
        expect.stringMatching(/^asyncTimeoutMS is not a setting.*asyncTimeoutMs/),
        expect.stringMatching(/^asyncTimeoutMs: /),
        expect.stringMatching(/^slots: /),
      ],
    }),
  );
});
