import { ConfigurationError } from '../permanent-errors.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';
import { readValue } from './value-schemas.js';

/** Where a setting's value came from. */
export type SettingSource = 'default' | 'file' | 'environment';

/** The settings in force, and where each one's value came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

/** A value that was given for a setting, not yet checked. */
export interface GivenValue {
  readonly source: SettingSource;
  /** What the setting is called where it was given, for the word on a fault. */
  readonly namedBy: string;
  readonly value: unknown;
}

/**
 * Checks the value that was given for each setting; the others keep their defaults. `problems`: what is wrong already.
 * @throws ConfigurationError naming those and every value at fault
 */
export function checkedSettings(
  problems: readonly string[],
  given: (name: SettingName) => GivenValue | undefined,
): LoadedSettings {
  const faults: string[] = [];
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const name of SETTING_NAMES) {
    const { schema, default: value } = SETTINGS[name];
    const from: GivenValue = given(name) ?? { source: 'default', namedBy: name, value };
    const read = readValue(schema, from.value);
    sources[name] = from.source;
    if (read.fault === undefined) values[name] = read.value;
    else faults.push(`${from.namedBy}: ${read.fault}`);
  }
  if (problems.length + faults.length > 0) throw new ConfigurationError([...problems, ...faults]);
  // Every name of SETTINGS was visited and its value parsed by its own schema.
  return { settings: values as Settings, sources: sources as Record<SettingName, SettingSource> };
}
