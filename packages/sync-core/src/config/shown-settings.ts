import type { SettingSource } from './checked-settings.js';
import type { LiveSettings } from './live-settings.js';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.js';
import { withoutCredentials } from './without-credentials.js';

/** A value as anyone may see it: a list with spaces between its parts, a URL without user, password and options. */
export type ShownValue = string | number | boolean | null;

/** A setting in force, as anyone may see it who may ask. */
export interface ShownSetting {
  /** Dotted path in the YAML file. */
  readonly name: string;
  /** Name of the environment variable. */
  readonly environment: string;
  /** null where there is none or it is hidden. */
  readonly value: ShownValue;
  /** Whether there is a value that is not shown. */
  readonly hidden: boolean;
  /** Where the value came from. */
  readonly source: SettingSource | 'run-time';
  /** Who set it at run time, and when, in milliseconds since 1970. */
  readonly by?: string;
  readonly at?: number;
  /** Whether it may change at run time. */
  readonly atRunTime: boolean;
  /** Meaning and unit. */
  readonly meaning: string;
}

/** Texts that are no secrets. A text that is named neither here nor below is hidden, so that a new one can't leak. */
const PLAIN: ReadonlySet<SettingName> = new Set([
  'mode',
  'eventOnlyPrefixes',
  'namespace',
  'httpHost',
  'allowedHosts',
  'allowedOrigins',
  'publicUrl',
  'metricsHost',
  'apiTokensFile',
  'redisAnswer',
  'logLevel',
  'prometheusSelector',
]);
/** URLs, which may hold a password. */
const URLS: ReadonlySet<SettingName> = new Set([
  'redisUrl',
  'queueRedisUrl',
  'mongodbUrl',
  'otlpEndpoint',
  'prometheusUrl',
]);

/** Every setting, or only one, with its value and where that came from, in the order of the settings' table, without secrets. */
export function shownSettings(
  { current, origins }: Pick<LiveSettings, 'current' | 'origins'>,
  only?: SettingName,
): ShownSetting[] {
  return (only === undefined ? SETTING_NAMES : [only]).map((name) => {
    const { yaml, env, doc, atRunTime } = SETTINGS[name];
    const value = shown(name, current[name]);
    const hidden = value === null && current[name] !== undefined;
    const origin = origins[name];
    const { by, at } = origin.source === 'run-time' ? origin : {};
    const who = { ...(by !== undefined && { by }), ...(at !== undefined && { at }) };
    return {
      name: yaml,
      environment: env,
      value,
      hidden,
      source: origin.source,
      ...who,
      atRunTime,
      meaning: doc,
    };
  });
}

/** A value that the setting of this YAML path had or has; hidden where this version has no such setting. */
export function shownValue(path: string, value: unknown): ShownValue {
  const name = SETTING_NAMES.find((each) => SETTINGS[each].yaml === path);
  return name === undefined ? null : shown(name, value);
}

function shown(name: SettingName, value: unknown): ShownValue {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (PLAIN.has(name) && Array.isArray(value)) return value.join(' ');
  if (typeof value !== 'string') return null;
  if (PLAIN.has(name)) return value;
  return URLS.has(name) ? withoutCredentials(value) : null;
}
