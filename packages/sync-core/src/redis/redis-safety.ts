/** What a Redis is used for: the cache with its journal, or the queues alone. */
export type RedisDuty = 'cache' | 'queues';

/** A setting of Redis under which acknowledged mutations can be lost, or wait longer than they have to. */
export interface UnsafeSetting {
  readonly setting: 'appendonly' | 'maxmemory-policy' | 'min-replicas-to-write';
  readonly value: string;
  /** What can happen, and what to set instead. */
  readonly risk: string;
}

/** The fields of INFO; a field that Redis did not give is absent. */
export type ServerInfo = Readonly<Partial<Record<string, string>>>;

/**
 * What is unsafe about a Redis for its duty, by INFO, which managed services allow, not CONFIG, which they often don't.
 * A value that Redis did not give counts as safe. Queues may be lost: the journal and the outbox hold what they carry.
 */
export function unsafeSettings(info: ServerInfo, duty: RedisDuty): UnsafeSetting[] {
  const unsafe: UnsafeSetting[] = [];
  if (duty === 'cache' && info.aof_enabled === '0') {
    unsafe.push({
      setting: 'appendonly',
      value: 'no',
      risk: 'a restart of Redis loses acknowledged writes that MongoDB does not hold yet; set appendonly yes',
    });
  }
  // Redis tells of good replicas only where it counts them.
  if (duty === 'cache' && Number(info.connected_slaves) > 0 && info.min_slaves_good_slaves === undefined) {
    unsafe.push({
      setting: 'min-replicas-to-write',
      value: '0',
      risk: 'a primary that is cut off from its replicas goes on taking writes, which a failover then loses; set min-replicas-to-write 1',
    });
  }
  const policy = info.maxmemory_policy;
  if (policy?.startsWith('allkeys-')) {
    const evicted =
      duty === 'cache'
        ? 'the journal'
        : 'wake-ups and batches of the queues, whose writes then wait for the sweep';
    unsafe.push({
      setting: 'maxmemory-policy',
      value: policy,
      risk: `under memory pressure Redis may evict ${evicted}; set maxmemory-policy noeviction or a volatile- policy`,
    });
  }
  return unsafe;
}
