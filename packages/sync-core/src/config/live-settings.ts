import type { LoadedSettings, SettingSource } from './checked-settings.js';
import { SETTING_NAMES, SETTINGS, type SettingName, type Settings } from './settings.js';
import { readValue } from './value-schemas.js';

/** A value that was set at run time. */
export interface RunTimeValue {
  /** As its setter gave it; whoever follows checks it by the schema of the setting. */
  readonly value: unknown;
  /** The change that set it; undefined, like the next two, where Redis does not tell: it was written by someone else. */
  readonly revision: number | undefined;
  /** When that was, in milliseconds since 1970. */
  readonly at: number | undefined;
  /** Whose change it was: the name of a token, never the token. */
  readonly by: string | undefined;
}

/** Everything that is set at run time, for the whole deployment. */
export interface RunTimeSettings {
  /** Number of the last change; 0 before the first. */
  readonly revision: number;
  /** Whose that change was, where Redis tells. */
  readonly by?: string | undefined;
  /** By the settings' YAML paths. */
  readonly values: ReadonlyMap<string, RunTimeValue>;
}

/** Where the value of a setting in force came from; what was set at run time says more of itself. */
export type SettingOrigin =
  | { readonly source: SettingSource }
  | ({ readonly source: 'run-time' } & Omit<RunTimeValue, 'value'>);

/** What is told of a change: the settings before and after it, and which of them differ. */
export interface SettingsChange {
  readonly before: Settings;
  readonly current: Settings;
  readonly names: readonly SettingName[];
}

/** Whoever reads settings when it uses them, and so need not be told of changes. */
export interface SettingsReader {
  readonly current: Settings;
}

/**
 * Gives the settings in force, for a part that reads these of them: it asks whenever it acts, so it follows each change.
 */
export type Reads<Name extends SettingName> = () => Pick<Settings, Name>;

/** Nothing was ever set at run time. */
export const NO_RUN_TIME_SETTINGS: RunTimeSettings = { revision: 0, values: new Map() };

/**
 * The settings in force in this process, in memory: those it was started with, and over them those set at run time.
 * `current` is a new frozen object after each change, so that whoever holds one works with a consistent set.
 *
 *   defaults ◀ YAML file ◀ environment ◀ run time     (the later one wins)
 */
export class LiveSettings implements SettingsReader {
  readonly #loaded: LoadedSettings;
  #runTime = NO_RUN_TIME_SETTINGS;
  #current: Settings;
  #origins: Readonly<Record<SettingName, SettingOrigin>>;
  readonly #listeners = new Set<(change: SettingsChange) => void>();

  constructor(loaded: LoadedSettings) {
    this.#loaded = loaded;
    const { settings, origins } = merged(loaded, NO_RUN_TIME_SETTINGS);
    this.#current = settings;
    this.#origins = origins;
  }

  /** The settings in force now. */
  get current(): Settings {
    return this.#current;
  }

  /** The settings that the process was started with. */
  get loaded(): LoadedSettings {
    return this.#loaded;
  }

  /** Number of the last change at run time that this process knows of; 0 for none. */
  get revision(): number {
    return this.#runTime.revision;
  }

  /** Where each value in force came from. */
  get origins(): Readonly<Record<SettingName, SettingOrigin>> {
    return this.#origins;
  }

  /**
   * Has a listener called after each change of a value, for parts that hold one; it must not throw.
   * @returns ends that
   */
  onChange(listener: (change: SettingsChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /**
   * Takes what is set at run time now in place of what was before. A value that this version of the software can't use
   * (an unknown name, another schema) leaves its setting as it was at the start.
   * @returns what could not be used, and why
   */
  follow(runTime: RunTimeSettings): readonly string[] {
    const before = this.#current;
    const { settings, origins, unusable } = merged(this.#loaded, runTime);
    this.#runTime = runTime;
    this.#origins = origins;
    const names = SETTING_NAMES.filter((name) => !sameValue(before[name], settings[name]));
    if (names.length > 0) {
      this.#current = settings;
      for (const listener of this.#listeners) listener({ before, current: settings, names });
    }
    return unusable;
  }
}

function merged({ settings, sources }: LoadedSettings, { values }: RunTimeSettings) {
  const current: Record<string, unknown> = { ...settings };
  const origins: Record<string, SettingOrigin> = {};
  for (const name of SETTING_NAMES) origins[name] = { source: sources[name] };
  const unusable: string[] = [];
  for (const [path, { value, ...when }] of values) {
    const name = SETTING_NAMES.find((each) => SETTINGS[each].yaml === path);
    const checked = name === undefined ? undefined : checkRunTimeValue(name, value);
    if (name === undefined) unusable.push(`${path}: is not a setting of this version`);
    else if (checked?.fault !== undefined) unusable.push(`${path}: ${checked.fault}`);
    else {
      current[name] = checked?.value;
      origins[name] = { source: 'run-time', ...when };
    }
  }
  return {
    // Every value is one of the start's, or was parsed by its setting's own schema.
    settings: Object.freeze(current) as Settings,
    origins: Object.freeze(origins) as Readonly<Record<SettingName, SettingOrigin>>,
    unusable,
  };
}

/** Whether a setting may have this value at run time: the value as its schema reads it, or what is wrong. */
export function checkRunTimeValue(
  name: SettingName,
  value: unknown,
): { readonly value: unknown; readonly fault?: undefined } | { readonly fault: string } {
  const { schema, atRunTime, env, yaml } = SETTINGS[name];
  if (!atRunTime) {
    return { fault: `can't change at run time; set ${env}, or ${yaml} in the YAML file, and restart` };
  }
  return readValue(schema, value);
}

/** Settings are numbers, texts, or lists of texts. */
function sameValue(a: unknown, b: unknown): boolean {
  return a === b || JSON.stringify(a) === JSON.stringify(b);
}
