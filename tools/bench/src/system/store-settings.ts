import { type LoadedSettings, loadSettings, type Settings } from '@hybrid-sync/sync-core';
import type { StoreUrls } from './bench-system.js';

/**
 * The environment of this system's processes where they work on these stores; all else is at its default. Without the
 * scheduled check: it would look at every shadow in some of the measured times and not in others, and find those that were
 * made without a pair.
 */
export function envOf({ redisUrl, mongodbUrl, namespace }: StoreUrls): Record<string, string> {
  return {
    REDIS_URL: redisUrl,
    MONGODB_URL: mongodbUrl,
    HYBRID_SYNC_NAMESPACE: namespace,
    // The whole load comes from one address.
    MAX_CONNECTIONS_PER_ADDRESS: '100000',
    CHECK_INTERVAL_MS: '0',
  };
}

/** What such a process is started with. `more`: further variables. */
export function configurationOf(
  urls: StoreUrls,
  more: Readonly<Record<string, string>> = {},
): LoadedSettings {
  return loadSettings({ env: { ...envOf(urls), ...more } });
}

/** The settings that such a process has. */
export function settingsOf(urls: StoreUrls): Settings {
  return configurationOf(urls).settings;
}
