import { byId, setText } from './dom.js';
import { formatCount, formatMs, formatRate, formatShare, formatSum } from './format.js';
import { type KnownPod, latest, MOST_COUNTED, NOW_SEC, recent, writesPerSecond } from './pod-histories.js';

/** Seconds of which a share is taken: of a few writes it would jump. */
const SHARE_SEC = 60;

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
  tile('waiting', formatSum(waiting, MOST_COUNTED));
  tile('dead', formatCount(latest(columns, 'deadLetters'), MOST_COUNTED));
}
