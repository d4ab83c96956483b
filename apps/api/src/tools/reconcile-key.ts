import { NotReadyError, type Pod } from '@hybrid-sync/sync-core';
import {
  type KeyPatience,
  type KeyRepairOptions,
  type KeyReport,
  type RepairReport,
  repairKey,
  TaskEndedError,
  verifyKey,
} from '@hybrid-sync/sync-core/reconcile';
import type { ToolResult } from '@hybrid-sync/tool-contract';

/** Both sides of a key, and whether they agree. @throws CacheUnavailableError, StoreUnavailableError, NotReadyError */
export function keyReport(pod: Pod, key: string, patience: KeyPatience): Promise<KeyReport> {
  return unlessStopping(verifyKey(pod.stores, key, patience));
}

/** Mends one key, or says how it would be mended. @throws CacheUnavailableError, StoreUnavailableError, NotReadyError */
export function mendKey(pod: Pod, key: string, options: KeyRepairOptions): Promise<RepairReport> {
  return unlessStopping(repairKey(pod.stores, pod.running.sync, key, options));
}

/** A pod that stops ends the wait for what is on its way to a key. */
async function unlessStopping<T>(asked: Promise<T>): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof TaskEndedError) throw new NotReadyError('stopping: ask another pod');
    throw error;
  }
}

/** What cache and shadow say of a key. */
export function sidesOf({
  pair,
  shadow,
  now,
}: KeyReport): Pick<ToolResult<'verify_key_sync'>, 'cache' | 'shadow'> {
  const expiry = (expireAt: number | undefined) => ({
    ttlSec: expireAt === undefined ? null : Math.max(0, Math.ceil((expireAt - now) / 1000)),
    ...(expireAt === undefined ? {} : { expireAt: new Date(expireAt).toISOString() }),
  });
  const expireAt = shadow?.expireAt?.getTime();
  const there = shadow !== undefined && shadow.deleted !== true && (expireAt ?? now + 1) > now;
  return {
    cache: {
      found: pair !== undefined,
      ...(pair === undefined ? {} : { version: pair.version }),
      ...expiry(pair?.expireAt),
    },
    shadow: {
      found: there,
      ...(shadow === undefined ? {} : { version: Number(shadow.version), deleted: shadow.deleted === true }),
      ...expiry(expireAt),
    },
  };
}
