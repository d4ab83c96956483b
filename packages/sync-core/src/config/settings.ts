import type { z } from 'zod';
import { BACKGROUND_SETTINGS } from './tables/background-settings.js';
import { CONTROL_SETTINGS } from './tables/control-settings.js';
import { HOST_SETTINGS } from './tables/host-settings.js';
import { STORE_SETTINGS } from './tables/store-settings.js';
import { WRITE_SETTINGS } from './tables/write-settings.js';

/**
 * Every setting of the system, in one table. The first two are the guide's own and keep its YAML names; all others
 * follow their form.
 */
export const SETTINGS = {
  ...WRITE_SETTINGS,
  ...STORE_SETTINGS,
  ...CONTROL_SETTINGS,
  ...BACKGROUND_SETTINGS,
  ...HOST_SETTINGS,
} as const;

/** The name of a setting. */
export type SettingName = keyof typeof SETTINGS;
/** Every setting's name, in the order of {@link SETTINGS}. */
// Object.keys forgets the type of the keys it is given.
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];

/** All settings with their values, checked. See {@link SETTINGS} for the meaning and unit of each. */
export type Settings = { readonly [Name in SettingName]: z.output<(typeof SETTINGS)[Name]['schema']> };
