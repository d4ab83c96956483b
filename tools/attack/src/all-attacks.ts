import { ATTACKS, type Attack } from './attacks.js';
import { REDIS_ATTACKS } from './redis-attacks.js';

/** Every attack there is, on both ports. */
export const ALL_ATTACKS: readonly Attack[] = [...ATTACKS, ...REDIS_ATTACKS];
