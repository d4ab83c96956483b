import { didYouMean } from '@hybrid-sync/input-faults';
import type { z } from 'zod';
import { checkedSettings, type LoadedSettings } from './checked-settings.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';

/** Settings as an application gives them: each by its name, as a value of its own type or as text; the others keep their defaults. */
export type GivenSettings = {
  readonly [Name in SettingName]?: z.output<(typeof SETTINGS)[Name]['schema']> | undefined;
};

/**
 * Fills in what was not given, and checks all; reads no environment and no file of settings.
 * @throws ConfigurationError naming every option at fault
 */
export function settingsGiven(given: GivenSettings): LoadedSettings {
  const problems = Object.keys(given)
    .filter((name) => !(name in SETTINGS))
    .map((name) => `${name} is not a setting${didYouMean(name, SETTING_NAMES)}`);
  // To a deployment, what a program was given is what another process has in its file.
  return checkedSettings(problems, (name) =>
    given[name] === undefined
      ? undefined
      : { source: 'file', namedBy: name, value: given[name] ?? SETTINGS[name].default },
  );
}
