import { readFileSync } from 'node:fs';
import { closest } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { ConfigurationError, reasonOf } from '../errors.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';

/** Where a setting's value came from. */
export type SettingSource = 'default' | 'file' | 'environment';

/** The settings in force, and where each one's value came from. */
export interface LoadedSettings {
  readonly settings: Settings;
  readonly sources: Readonly<Record<SettingName, SettingSource>>;
}

/** What {@link loadSettings} reads. */
export interface SettingSources {
  /** The process's environment. An empty variable counts as absent. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Path of the YAML file; `CONFIG_FILE` of the environment unless given. */
  readonly file?: string | undefined;
}

/**
 * Reads the settings: defaults, then the YAML file, then the environment, the later one wins.
 * @throws ConfigurationError naming every option at fault: unreadable file, unknown key, bad value
 */
export function loadSettings({ env, file = env.CONFIG_FILE || undefined }: SettingSources): LoadedSettings {
  const fromFile = file === undefined ? new Map<string, unknown>() : readYaml(file);
  const problems = unknownKeys(fromFile, file);
  const values: Record<string, unknown> = {};
  const sources: Record<string, SettingSource> = {};
  for (const name of SETTING_NAMES) {
    const definition = SETTINGS[name];
    const given: [SettingSource, string, unknown] = env[definition.env]
      ? ['environment', definition.env, env[definition.env]]
      : fromFile.has(definition.yaml)
        ? ['file', definition.yaml, fromFile.get(definition.yaml)]
        : ['default', name, definition.default];
    const checked = definition.schema.safeParse(given[2]);
    sources[name] = given[0];
    if (checked.success) values[name] = checked.data;
    else problems.push(`${given[1]}: ${checked.error.issues.map((issue) => issue.message).join('; ')}`);
  }
  if (problems.length > 0) throw new ConfigurationError(problems);
  // Every name of SETTINGS was visited and its value parsed by its own schema.
  return { settings: values as Settings, sources: sources as Record<SettingName, SettingSource> };
}

/** A YAML file as one map from dotted path to value. */
function readYaml(file: string): Map<string, unknown> {
  let document: unknown;
  try {
    document = parse(readFileSync(file, 'utf8'));
  } catch (error) {
    // The first line says what is wrong and where; the next ones would quote the file, passwords included.
    throw new ConfigurationError([`${file}: ${reasonOf(error).split(':\n', 1)[0]}`]);
  }
  const flat = new Map<string, unknown>();
  const visit = (node: unknown, path: string) => {
    if (node !== null && typeof node === 'object' && !Array.isArray(node)) {
      for (const [key, child] of Object.entries(node)) visit(child, path === '' ? key : `${path}.${key}`);
    } else if (path !== '') {
      flat.set(path, node);
    } else if (node !== null) {
      throw new ConfigurationError([`${file}: must hold settings under app:, not ${typeof node}`]);
    }
  };
  visit(document, '');
  return flat;
}

function unknownKeys(fromFile: Map<string, unknown>, file: string | undefined): string[] {
  const known: string[] = SETTING_NAMES.map((name) => SETTINGS[name].yaml);
  const isEmptySection = (key: string, value: unknown) =>
    value === null && known.some((name) => name.startsWith(`${key}.`));
  return [...fromFile]
    .filter(([key, value]) => !known.includes(key) && !isEmptySection(key, value))
    .map(([key]) => `${key} in ${file} is not a setting; did you mean ${closest(key, known)}?`);
}
