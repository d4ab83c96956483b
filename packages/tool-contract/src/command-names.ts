import type { ToolName } from './tool-contract.js';

/** Tools whose commands are not just their names. */
const SHORTER: Readonly<Partial<Record<ToolName, string>>> = {
  verify_cache_sync: 'verify',
  verify_key_sync: 'verify-key',
  get_cache_ttl_info: 'ttl-info',
  force_sync_repair: 'repair',
  restore_cache: 'restore',
  import_plain_keys: 'import',
  hybrid_sync_requeue_dead_letters: 'requeue',
  hybrid_sync_discard_dead_letters: 'discard',
  hybrid_sync_settings: 'settings get',
  hybrid_sync_settings_set: 'settings set',
  hybrid_sync_settings_reset: 'settings reset',
  hybrid_sync_settings_history: 'settings history',
};

/**
 * What a tool is called on the command line: `hybrid_sync_load_check` is `load-check`, `hybrid_sync_settings_set` is
 * `settings set`.
 */
export function commandName(tool: ToolName): string {
  return SHORTER[tool] ?? tool.replace(/^(kv|hybrid_sync)_/, '').replaceAll('_', '-');
}
