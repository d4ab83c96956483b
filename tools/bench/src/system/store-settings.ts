import { loadSettings, type Settings } from '@hybrid-sync/sync-core';
import type { StoreUrls } from './bench-system.js';

/** The environment of this system's processes where they work on these stores; all else is at its default. */
export function envOf({ redisUrl, mongodbUrl, namespace }: StoreUrls): Record<string, string> {
  return { REDIS_URL: redisUrl, MONGODB_URL: mongodbUrl, HYBRID_SYNC_NAMESPACE: namespace };
}

/** The settings that such a process has. `more`: further variables. */
export function settingsOf(urls: StoreUrls, more: Readonly<Record<string, string>> = {}): Settings {
  return loadSettings({ env: { ...envOf(urls), ...more } }).settings;
}
