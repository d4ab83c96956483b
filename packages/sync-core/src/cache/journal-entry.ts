import { expiryOf } from '../expiry.js';
import type { Mutation } from '../mutation.js';

/** The version in an entry's id. */
export function versionOf(id: string): number {
  return Number(id.slice(0, id.indexOf('-')));
}

/** The mutation that a journal entry holds; undefined for one that is none of ours, or has lost fields. */
export function entryOf(slot: number, id: string, flat: readonly string[]): Mutation | undefined {
  const fields = new Map<string, string>();
  for (let at = 0; at < flat.length; at += 2) fields.set(flat[at] ?? '', flat[at + 1] ?? '');
  const text = (name: string) => fields.get(name) || undefined;
  const [key, op, version] = [text('key'), text('op'), versionOf(id)];
  if (key === undefined || (op !== 'set' && op !== 'del')) return undefined;
  // Ours are the versions themselves; another could not be removed by its version.
  if (!id.endsWith('-0') || !Number.isSafeInteger(version)) return undefined;
  const ttlSec = Number(text('ttlSec'));
  return {
    key,
    slot,
    version,
    op,
    value: op === 'set' ? (fields.get('value') ?? '') : undefined,
    expireAt: expiryOf(text('expireAt')),
    ttlSec: Number.isFinite(ttlSec) ? ttlSec : undefined,
    sessionId: text('sessionId'),
    interactionId: text('interactionId'),
  };
}
