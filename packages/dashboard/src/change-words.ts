import type { ToolResult } from '@hybrid-sync/tool-contract';
import { formatAgo } from './format.js';

/** A change of settings, as the history has it. */
export type PastChange = ToolResult<'hybrid_sync_settings_history'>['changes'][number];

/** A change in words: who, when, what and why. */
export function inWords({ by, at, settings, reason }: PastChange): string {
  const when = at === null ? '' : `, ${formatAgo(Date.now() - Date.parse(at))}`;
  const what = settings.map(
    ({ name, before, after }) => `${name} from ${settingValue(before)} to ${settingValue(after)}`,
  );
  const why = reason === null ? '' : ` (“${reason}”)`;
  return `${by ?? 'Someone'} changed ${what.join(', ')}${when}${why}`;
}

/** A value that was set at run time. */
export function settingValue(value: PastChange['settings'][number]['before']): string {
  return value === null ? 'the value of the start' : String(value);
}
