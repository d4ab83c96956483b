/** A setting of Redis under which acknowledged mutations can be lost. */
export interface UnsafeSetting {
  readonly setting: 'appendonly' | 'maxmemory-policy';
  readonly value: string;
  /** What can happen, and what to set instead. */
  readonly risk: string;
}

/**
 * Asks Redis for the settings that the journal's durability rests on. Reads INFO, which managed services allow, not
 * CONFIG, which they often don't.
 */
export async function unsafeSettings(redis: {
  info(section: string): Promise<string>;
}): Promise<UnsafeSetting[]> {
  const [persistence, memory] = await Promise.all([redis.info('persistence'), redis.info('memory')]);
  return judge(field(persistence, 'aof_enabled'), field(memory, 'maxmemory_policy'));
}

/** What is unsafe about these values of INFO; a value that Redis did not give counts as safe. */
export function judge(aofEnabled: string | undefined, evictionPolicy: string | undefined): UnsafeSetting[] {
  const unsafe: UnsafeSetting[] = [];
  if (aofEnabled === '0') {
    unsafe.push({
      setting: 'appendonly',
      value: 'no',
      risk: 'a restart of Redis loses acknowledged writes that MongoDB does not hold yet; set appendonly yes',
    });
  }
  if (evictionPolicy?.startsWith('allkeys-')) {
    unsafe.push({
      setting: 'maxmemory-policy',
      value: evictionPolicy,
      risk: 'under memory pressure Redis may evict the journal; set maxmemory-policy noeviction or a volatile- policy',
    });
  }
  return unsafe;
}

function field(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1];
}
