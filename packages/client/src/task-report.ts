/** What a call of a long task answers, or several of them together. */
export type Report = Readonly<Record<string, unknown>>;

/** From the least to the most that someone should know. */
const HEALTH = ['HEALTHY', 'UNKNOWN', 'ISSUES_DETECTED'];
/** Differences kept as samples, over all calls. */
const MAX_SAMPLES = 1000;
/** Numbers that are not sums over the calls. */
const LATEST = ['expected'];
/** What was counted, of which `keysPerSecond` is the rate; the first one that is there. */
const COUNTED = ['keys', 'shadows', 'seen'];

/** One report for two calls, the second of which went on where the first ended. */
export function addReport(first: Report, second: Report): Report {
  const sum = Object.fromEntries(
    Object.entries(second).map(([name, value]) => [name, added(name, first[name], value)]),
  );
  const counted = COUNTED.find((name) => typeof sum[name] === 'number');
  if (counted === undefined || typeof sum.seconds !== 'number') return sum;
  const seconds = Math.round(sum.seconds * 1000) / 1000;
  return { ...sum, seconds, keysPerSecond: Math.round(Number(sum[counted]) / sum.seconds) };
}

function added(name: string, one: unknown, other: unknown): unknown {
  if (name === 'health') return HEALTH[Math.max(HEALTH.indexOf(String(one)), HEALTH.indexOf(String(other)))];
  if (LATEST.includes(name)) return other;
  if (typeof one === 'number' && typeof other === 'number') return one + other;
  if (Array.isArray(one) && Array.isArray(other)) return [...one, ...other].slice(0, MAX_SAMPLES);
  if (isObject(one) && isObject(other)) return addReport(one, other);
  return other;
}

function isObject(value: unknown): value is Report {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Why a long task ended before it was complete, in words; undefined where it goes on. */
export function stopReason({ stopped, storeAway }: Report): string | undefined {
  const reason = stopped ?? storeAway;
  return typeof reason === 'string' ? reason : undefined;
}
