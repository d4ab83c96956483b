import type { RunTimeSettings, RunTimeValue } from '../config/live-settings.js';

/** What the settings' keys in Redis hold, read whatever others may have written there: what an entry does not tell is undefined. */

const VALUE = 'value:';
const SET = 'set:';

/** A change as the history has it. */
export interface PastChange {
  /** Its place in the history. */
  readonly id: string;
  /** Undefined, like the next two, where an entry that this software did not write does not tell. */
  readonly revision: number | undefined;
  /** In milliseconds since 1970, on Redis' clock. */
  readonly at: number | undefined;
  readonly by: string | undefined;
  readonly reason: string | undefined;
  /** What was set before and after it; undefined stands for the file's value. */
  readonly settings: readonly { readonly name: string; readonly before: unknown; readonly after: unknown }[];
}

/** What the hash of the settings holds. */
export function runTimeSettingsOf(fields: Readonly<Record<string, string>>): RunTimeSettings {
  const values = new Map<string, RunTimeValue>();
  for (const [field, json] of Object.entries(fields)) {
    if (!field.startsWith(VALUE)) continue;
    const name = field.slice(VALUE.length);
    const [revision, at, by] = (fields[SET + name] ?? '').split(' ');
    values.set(name, { value: parsed(json), revision: revisionOf(revision), at: momentOf(at), by });
  }
  return { revision: revisionOf(fields.revision) ?? 0, by: fields.by, values };
}

/** What an entry of the history holds; `id`: its place. */
export function pastChange(id: string, flat: readonly string[]): PastChange {
  const fields = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  const names = [...fields.keys()]
    .filter((field) => field.startsWith('after:'))
    .map((field) => field.slice(6));
  return {
    id,
    revision: revisionOf(fields.get('revision')),
    at: momentOf(fields.get('at')),
    by: fields.get('by'),
    reason: fields.get('reason') || undefined,
    settings: names.map((name) => ({
      name,
      before: parsed(fields.get(`before:${name}`)),
      after: parsed(fields.get(`after:${name}`)),
    })),
  };
}

/** The last moment that is written with a year of four digits, in milliseconds since 1970. */
const LAST_MOMENT = Date.parse('9999-12-31T23:59:59.999Z');

/** Undefined for what is no revision: anyone may have written to Redis. */
function revisionOf(text: string | undefined): number | undefined {
  const revision = Number(text || undefined);
  return Number.isSafeInteger(revision) && revision >= 0 ? revision : undefined;
}

/** Undefined for what is no moment. */
function momentOf(text: string | undefined): number | undefined {
  const at = Number(text || undefined);
  return at >= 0 && at <= LAST_MOMENT ? at : undefined;
}

/** Undefined for no value, and for what no version of the software has written: values are plain, or lists of plain ones. */
function parsed(json: string | undefined): unknown {
  try {
    const value: unknown = json ? JSON.parse(json) : undefined;
    return (Array.isArray(value) ? value : [value]).every(isPlain) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isPlain(value: unknown): boolean {
  return typeof value !== 'object' || value === null;
}
