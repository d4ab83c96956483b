import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';
import { withoutCredentials } from './without-credentials.js';

/** A setting in force, as anyone may see it who may ask. */
export interface ShownSetting {
  /** Dotted path in the YAML file. */
  readonly name: string;
  /** Name of the environment variable. */
  readonly environment: string;
  /** The value, a list with spaces between its parts, a URL without user, password and options; null where there is none or it is hidden. */
  readonly value: string | number | boolean | null;
  /** Whether there is a value that is not shown. */
  readonly hidden: boolean;
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
  'metricsHost',
  'apiTokensFile',
  'logLevel',
]);
/** URLs, which may hold a password. */
const URLS: ReadonlySet<SettingName> = new Set(['redisUrl', 'queueRedisUrl', 'mongodbUrl', 'otlpEndpoint']);

/** Every setting with its value, in the order of the settings' table, without secrets. */
export function shownSettings(settings: Settings): ShownSetting[] {
  return SETTING_NAMES.map((name) => {
    const { yaml, env, doc } = SETTINGS[name];
    const value = shown(name, settings[name]);
    const hidden = value === null && settings[name] !== undefined;
    return { name: yaml, environment: env, value, hidden, meaning: doc };
  });
}

function shown(name: SettingName, value: unknown): ShownSetting['value'] {
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (PLAIN.has(name) && Array.isArray(value)) return value.join(' ');
  if (typeof value !== 'string') return null;
  if (PLAIN.has(name)) return value;
  return URLS.has(name) ? withoutCredentials(value) : null;
}
