import { didYouMean } from '@hybrid-sync/input-faults';
import { checkedSettings, type LoadedSettings } from './checked-settings.js';
import { withSecretFiles } from './secret-files.js';
import { SETTING_NAMES, SETTINGS } from './settings.js';
import { readYaml, shownPath } from './yaml-file.js';

/** Most unknown keys that are told one by one. */
const MAX_UNKNOWN = 20;

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
  return checkedSettings([...unknownKeys(fromFile, file), ...secretProblems], (name) => {
    const definition = SETTINGS[name];
    if (env[definition.env])
      return { source: 'environment', namedBy: definition.env, value: env[definition.env] };
    if (fromFile.has(definition.yaml))
      return { source: 'file', namedBy: definition.yaml, value: fromFile.get(definition.yaml) };
    return undefined;
  });
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
