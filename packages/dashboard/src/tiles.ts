import { byId, setText } from './dom.js';
import { formatCount, formatMs, formatRate, formatShare } from './format.js';
import { type KnownPod, latest, NOW_SEC, recent, writesPerSecond } from './pod-histories.js';

/** Seconds of which a share is taken: of a few writes it would jump. */
const SHARE_SEC = 60;
/** Counts go no further. */
const COUNT_LIMIT = 10_000;

/** The few figures at the top of the page. */
export function showTiles(pod: KnownPod): void {
  const { columns } = pod;
  const tile = (name: string, value: string) => setText(byId(`tile-${name}`, HTMLElement), value);
  const written = writesPerSecond(columns, SHARE_SEC) ?? 0;
  const fast = recent(columns, 'ASYNC_THREAD', SHARE_SEC) ?? 0;
  const waiting = [latest(columns, 'outboxUnprocessed'), latest(columns, 'journalPending')];
  tile('writes', formatRate(writesPerSecond(columns, NOW_SEC)));
  tile('fast', formatShare(written === 0 ? null : fast / written));
  tile('latency', formatMs(recent(columns, 'p99Ms', NOW_SEC)));
  tile('waiting', formatWaiting(waiting));
  tile('dead', formatCount(latest(columns, 'deadLetters'), COUNT_LIMIT));
}

/** A sum of which a part is not known is at least what is known. */
function formatWaiting(counts: readonly (number | null)[]): string {
  const known = counts.filter((count) => count !== null);
  if (known.length === 0) return formatCount(null);
  const sum = formatCount(known.reduce((total, count) => total + count, 0));
  return known.length < counts.length ? `≥ ${sum}` : sum;
}
