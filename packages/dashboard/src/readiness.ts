import { formatAgo } from './format.js';
import type { HistoryAnswer } from './pod-histories.js';

/** How bad something is; each has an icon of its own, so that nothing hangs on the colour. */
export type Severity = 'good' | 'warning' | 'bad' | 'unknown';

/** Whether something succeeds, in a word or two. */
export interface Success {
  readonly severity: Severity;
  readonly text: string;
}

/** Why writes do not succeed, by the names that the api has for it. */
const NO_WRITES: ReadonlySet<string> = new Set([
  'WRITES_FAIL',
  'REDIS_UNREACHABLE',
  'REDIS_UNFIT',
  'STORES_REFUSED',
]);

/** Whether writes succeed, as the pod itself finds by what became of them, or of its probes. */
export function writesOf({ load, stores }: Pick<HistoryAnswer, 'load' | 'stores'>): Success {
  if (load.troubles.some(({ name }) => NO_WRITES.has(name)) || !stores.cache.answers)
    return { severity: 'bad', text: 'writes fail' };
  return { severity: 'good', text: 'writes succeed' };
}

/** Whether the projectors' drains succeed, as they say themselves, or would: both stores are needed. `now`: in milliseconds since 1970. */
export function drainsOf(
  { load, paused, projectors, stores }: Pick<HistoryAnswer, 'load' | 'paused' | 'projectors' | 'stores'>,
  now: number,
): Success {
  const has = (wanted: string) => load.troubles.some(({ name }) => name === wanted);
  const pause = paused.find(({ part }) => part === 'projector');
  if (pause !== undefined) {
    const since = pause.at === undefined ? '' : `, ${formatAgo(now - Date.parse(pause.at))}`;
    return { severity: 'warning', text: `drains paused${since}` };
  }
  if (has('DRAINS_FAIL')) return { severity: 'bad', text: 'drains fail' };
  if (!stores.cache.answers) return { severity: 'bad', text: 'drains lack Redis' };
  if (!stores.mongodb.answers) return { severity: 'bad', text: 'drains lack MongoDB' };
  if (projectors === null) return { severity: 'unknown', text: 'drains not known' };
  if (projectors === 0) return { severity: 'bad', text: 'no projector runs' };
  if (has('NOT_DRAINED')) return { severity: 'warning', text: 'a slot is not drained' };
  return { severity: 'good', text: 'drains succeed' };
}
