import { didYouMean } from '@hybrid-sync/input-faults';
import type { z } from 'zod';
import { ConfigurationError } from '../errors.js';
import type { LoadedSettings, SettingSource } from './load-settings.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';
import { readValue } from './value-schemas.js';

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
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const name of SETTING_NAMES) {
    const value = given[name] ?? SETTINGS[name].default;
    const read = readValue(SETTINGS[name].schema, value);
    // To a deployment, what a program was given is what another process has in its file.
    sources[name] = given[name] === undefined ? 'default' : 'file';
    if (read.fault === undefined) values[name] = read.value;
    else problems.push(`${name}: ${read.fault}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Every name was visited and its value parsed by its own schema.
  return { settings: values, sources } as unknown as LoadedSettings;
}
