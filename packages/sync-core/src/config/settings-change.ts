import { didYouMean } from '@hybrid-sync/input-faults';
import { InvalidInputError } from '../errors.js';
import { checkRunTimeValue } from './live-settings.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';

/** Longest name that is repeated to a caller, in characters. */
const MAX_NAME = 100;
/** Every name of every setting: its YAML path, its variable, and the one that answers have it under. */
const NAMED: ReadonlyMap<string, SettingName> = new Map(
  SETTING_NAMES.flatMap((name) =>
    [name, SETTINGS[name].yaml, SETTINGS[name].env].map((each) => [each, name]),
  ),
);

/**
 * The setting of a name: its YAML path (`app.sync.mode`), its variable (`SYNC_MODE`) or its {@link SettingName}.
 * @throws InvalidInputError with the nearest name, where one is near
 */
export function settingNamed(name: string): SettingName {
  const found = NAMED.get(name);
  if (found !== undefined) return found;
  const shown = name.slice(0, MAX_NAME);
  throw new InvalidInputError(shown, `is not a setting${didYouMean(shown, [...NAMED.keys()])}`);
}

/**
 * Checks a change at run time, whole.
 * @param given values by the settings' names; null for the value of the start
 * @returns by YAML path, as the settings' schemas read them; undefined for the value of the start
 * @throws InvalidInputError with the first setting at fault as its field, naming all of them in its message
 */
export function checkedValues(given: Readonly<Record<string, unknown>>): Map<string, unknown> {
  const values = new Map<string, unknown>();
  const faults: InvalidInputError[] = [];
  for (const [name, value] of Object.entries(given)) {
    try {
      const { path, checked } = checkedValue(name, value);
      if (values.has(path)) throw new InvalidInputError(name, `is ${path}, which is given already`);
      values.set(path, checked);
    } catch (error) {
      if (!(error instanceof InvalidInputError)) throw error;
      faults.push(error);
    }
  }
  const [first, ...others] = faults;
  if (first === undefined) return values;
  const rest = others.map(({ message }) => `; ${message}`).join('');
  throw new InvalidInputError(first.field, first.message.slice(first.field.length + 2) + rest);
}

function checkedValue(name: string, value: unknown): { path: string; checked: unknown } {
  const setting = settingNamed(name);
  const path = SETTINGS[setting].yaml;
  const checked = checkRunTimeValue(setting, value);
  const goesBack = value === null && SETTINGS[setting].atRunTime;
  if (goesBack) return { path, checked: undefined };
  if (checked.fault !== undefined) throw new InvalidInputError(name, checked.fault);
  return { path, checked: checked.value };
}
