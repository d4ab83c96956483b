import { didYouMean } from '@hybrid-sync/input-faults';
import { ConfigurationError } from '../errors.js';
import { withSecretFiles } from './secret-files.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';
import { readValue } from './value-schemas.js';
import { readYaml, shownPath } from './yaml-file.js';

/** Most unknown keys that are told one by one. */
const MAX_UNKNOWN = 20;

/** Where a setting's value came from. */
export type SettingSource = 'default' | 'file' | 'environment';

/** The settings in force, and where each one's value came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

/** What {@link loadSettings} reads. */
export interface SettingSources {
  /** The process's environment. An empty variable counts as absent; some may be in a file that `…_FILE` names. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the YAML file; `CONFIG_FILE` of the environment unless given. */
  readonly file?: string | undefined;
}

/**
 * Reads the settings: defaults, then the YAML file, then the environment, the later one wins.
 * @throws ConfigurationError naming every option at fault: unreadable file, unknown key, bad value, given twice
 */
export function loadSettings({
  env: given,
  file = given.CONFIG_FILE || undefined,
}: SettingSources): LoadedSettings {
  const fromFile = file === undefined ? new Map<string, unknown>() : readYaml(file);
  const { env, problems: secretProblems } = withSecretFiles(given);
  const problems = [...unknownKeys(fromFile, file), ...secretProblems];
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const name of SETTING_NAMES) {
    const definition = SETTINGS[name];
    const [source, namedBy, value]: [SettingSource, string, unknown] = env[definition.env]
      ? ['environment', definition.env, env[definition.env]]
      : fromFile.has(definition.yaml)
        ? ['file', definition.yaml, fromFile.get(definition.yaml)]
        : ['default', name, definition.default];
    const read = readValue(definition.schema, value);
    sources[name] = source;
    if (read.fault === undefined) values[name] = read.value;
    else problems.push(`${namedBy}: ${read.fault}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Every name of SETTINGS was visited and its value parsed by its own schema.
  return { settings: values as Settings, sources: sources as Record<SettingName, SettingSource> };
}

function unknownKeys(fromFile: Map<string, unknown>, file: string | undefined): string[] {
  const known: string[] = SETTING_NAMES.map((name) => SETTINGS[name].yaml);
  const isEmptySection = (key: string, value: unknown) =>
    value === null && known.some((name) => name.startsWith(`${key}.`));
  const unknown = [...fromFile]
    .filter(([key, value]) => !known.includes(key) && !isEmptySection(key, value))
    .map(([key]) => shownPath(key));
  const told = unknown
    .slice(0, MAX_UNKNOWN)
    .map((key) => `${key} in ${file} is not a setting${didYouMean(key, known)}`);
  const more = unknown.length - told.length;
  return more > 0 ? [...told, `${more} more keys in ${file} are not settings`] : told;
}
