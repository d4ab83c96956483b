const WHOLE = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const TENTHS = new Intl.NumberFormat('en', { maximumFractionDigits: 1 });
const COMPACT = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const CLOCK = new Intl.DateTimeFormat('en', {
  hour: '2-digit',
  minute: '2-digit',
  second: '2-digit',
  hourCycle: 'h23',
});
const DAY = new Intl.DateTimeFormat('en', { month: 'short', day: 'numeric' });
const DAY_SEC = 86_400;
const QUARTER_SEC = 900;
/** Shown where a number is not known. */
export const UNKNOWN = '–';

/** A rate per second: tenths only where they say something. */
export function formatRate(perSecond: number | null): string {
  if (perSecond === null) return UNKNOWN;
  return perSecond > 0 && perSecond < 10 ? TENTHS.format(perSecond) : WHOLE.format(perSecond);
}

/** A count; one that stopped at `limit` says so. */
export function formatCount(count: number | null, limit = Number.POSITIVE_INFINITY): string {
  if (count === null) return UNKNOWN;
  return count >= limit ? `${WHOLE.format(limit)}+` : WHOLE.format(count);
}

/** A sum; where a part of it is not known, or stopped at `limit`, it is at least what is known. */
export function formatSum(
  counts: readonly (number | null)[],
  limit: number,
  format: (sum: number) => string = formatCount,
): string {
  const known = counts.filter((count) => count !== null);
  if (known.length === 0) return UNKNOWN;
  const sum = format(known.reduce((total, count) => total + count, 0));
  const isWhole = known.length === counts.length && known.every((count) => count < limit);
  return isWhole ? sum : `≥ ${sum}`;
}

/** A number for an axis, short: 1.2K. */
export function formatShort(value: number): string {
  return COMPACT.format(value);
}

/** A time in milliseconds, with its unit. */
export function formatMs(ms: number | null): string {
  if (ms === null) return UNKNOWN;
  if (ms >= 10_000) return `${TENTHS.format(ms / 1000)} s`;
  return `${ms < 10 ? TENTHS.format(ms) : WHOLE.format(ms)} ms`;
}

/** A share, 0 to 1, as a percentage; never rounded up to 100 %. */
export function formatShare(share: number | null): string {
  if (share === null) return UNKNOWN;
  return `${TENTHS.format(Math.floor(share * 1000) / 10)} %`;
}

/** The time of day, in milliseconds since 1970. */
function formatClock(ms: number): string {
  return CLOCK.format(ms);
}

/** The time of day for an axis, in milliseconds since 1970: seconds only where there are any. */
function formatTime(ms: number): string {
  return formatClock(ms).replace(/:00$/, '');
}

/** A moment for the axis of a plot over so many seconds: with the day where there are several. */
export function formatMoment(ms: number, spanSec: number): string {
  if (spanSec <= DAY_SEC) return formatTime(ms);
  // Midnight is the day itself.
  const time = formatTime(ms);
  return time === '00:00' ? DAY.format(ms) : time;
}

/** A moment for a plot over so many seconds, in full. */
export function formatWhen(ms: number, spanSec: number): string {
  return spanSec <= QUARTER_SEC ? formatClock(ms) : `${DAY.format(ms)} ${formatTime(ms)}`;
}

/** How long ago something was, roughly. */
export function formatAgo(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

const UNITS = ['B', 'kB', 'MB', 'GB'];

/** A number of bytes, with its unit. */
export function formatBytes(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, bytes)) / 3)));
  return `${TENTHS.format(bytes / 1000 ** power)} ${UNITS[power]}`;
}

/** A point in time as the api writes it, for people: date, time of day, and the zone. */
export function formatDate(iso: string): string {
  return iso.replace('T', ' ').replace(/\.\d+Z$/, ' UTC');
}
