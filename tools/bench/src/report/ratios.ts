import type { RowName } from '../rows/catalogue.js';
import type { OtherFigures } from './other-figures.js';
import type { RowResult } from './row-result.js';

/** The figures that have a target, and the limit that some of them refer to; absent where a part was not measured. */
export interface Ratios {
  readonly vsOneJobPerMutation?: number;
  readonly vsDirectWrite?: number;
  readonly p99OfDirectWrite?: number;
  readonly ofBulkWriteAt100?: number;
  readonly ofBulkWriteLimit?: number;
  readonly machineryVsOneJobPerMutation?: number;
  readonly singleClientP50VsDirectWrite?: number;
  readonly drainOfBulkWriteLimit?: number;
  readonly hotKeyDrainEventsPerSecond?: number;
  readonly bulkWriteLimitPerSecond?: number;
  readonly hotKeyDrainOfBulkWriteLimit?: number;
  readonly ofParallelBulkWrite?: number;
  readonly drainOfParallelBulkWrite?: number;
  readonly parallelBulkWritePerSecond?: number;
  readonly projectorScaling?: number;
  readonly fallbackVisibleP50Ms?: number;
  readonly fallbackVisibleP99Ms?: number;
  readonly httpOfBareRoute?: number;
  readonly httpAddedOfBareRoute?: number;
  readonly bulkHttpOfCore?: number;
  readonly redisPortGetP1?: number;
  readonly redisPortGetP16?: number;
  readonly redisPortSetP1?: number;
  readonly redisPortSetP16?: number;
  readonly metricsOnOfOff?: number;
  readonly rssGrowthMb?: number;
}

/** Works the ratios out; what they are of is said in `TARGETS`. */
export function ratiosOf(rows: readonly RowResult[], others: OtherFigures): Ratios {
  const at = (name: RowName, clients: number) =>
    rows.find((row) => row.name === name && row.clients === clients);
  const rate = (name: RowName, clients: number) => at(name, clients)?.mutationsPerSecond;
  const limit = fastestBulkWrite(rows.filter(({ inFlight }) => inFlight === 1));
  const parallel = fastestBulkWrite(rows);
  const hotKeyDrain = others.hotKeyDrain?.eventsPerSecond;
  const delayed = others.delayedDrain;
  return present({
    vsOneJobPerMutation: over(rate('core', 100), rate('one-job-per-mutation', 100)),
    vsDirectWrite: over(rate('core', 100), rate('direct-write', 100)),
    p99OfDirectWrite: over(at('core', 100)?.p99Ms, at('direct-write', 100)?.p99Ms),
    ofBulkWriteAt100: over(
      rate('core', 100),
      fastestBulkWrite(rows.filter(({ clients }) => clients === 100)),
    ),
    ofBulkWriteLimit: over(rate('core', 500), limit),
    machineryVsOneJobPerMutation: over(rate('core-no-store', 500), rate('one-job-no-store', 500)),
    singleClientP50VsDirectWrite: over(at('core', 1)?.p50Ms, at('direct-write', 1)?.p50Ms),
    drainOfBulkWriteLimit: over(others.drain?.eventsPerSecond, limit),
    hotKeyDrainEventsPerSecond: hotKeyDrain,
    bulkWriteLimitPerSecond: limit,
    hotKeyDrainOfBulkWriteLimit: over(hotKeyDrain, limit),
    ofParallelBulkWrite: over(rate('core', 500), parallel),
    drainOfParallelBulkWrite: over(others.drain?.eventsPerSecond, parallel),
    parallelBulkWritePerSecond: parallel,
    projectorScaling: over(delayed?.eventsPerSecondOfFour, delayed?.eventsPerSecondOfOne),
    fallbackVisibleP50Ms: others.fallbackVisible?.p50,
    fallbackVisibleP99Ms: others.fallbackVisible?.p99,
    httpOfBareRoute: over(rate('http', 100), rate('bare-route', 100)),
    httpAddedOfBareRoute: over(
      less(at('http', 100)?.podUs, at('core', 100)?.podUs),
      at('bare-route', 100)?.podUs,
    ),
    bulkHttpOfCore: over(rate('http-bulk', 500), rate('core', 500)),
    redisPortGetP1: over(rate('redis-port-get', 50), rate('bare-get', 50)),
    redisPortGetP16: over(rate('redis-port-get', 800), rate('bare-get', 800)),
    redisPortSetP1: over(rate('redis-port-set', 50), rate('bare-set', 50)),
    redisPortSetP16: over(rate('redis-port-set', 800), rate('bare-set', 800)),
    metricsOnOfOff: over(rate('core', 500), rate('core-no-metrics', 500)),
    rssGrowthMb: others.memory?.rssGrowthMb,
  });
}

/** The loads that a ratio is made of, beside the raw bulk writes. */
const LOADS_OF_RATIOS = new Set<`${RowName} ${number}`>([
  ...(['core 1', 'direct-write 1'] as const),
  ...(['core 100', 'direct-write 100', 'one-job-per-mutation 100', 'http 100', 'bare-route 100'] as const),
  ...(['bare-get 50', 'redis-port-get 50', 'bare-set 50', 'redis-port-set 50'] as const),
  ...(['bare-get 800', 'redis-port-get 800', 'bare-set 800', 'redis-port-set 800'] as const),
  ...([
    'core 500',
    'http-bulk 500',
    'core-no-metrics 500',
    'one-job-no-store 500',
    'core-no-store 500',
  ] as const),
]);
/** Upserts under way from which a raw bulk write is what others are held against. */
const LIMIT_FROM = 100;

/** Whether a ratio is made of the result of this row with so many clients. */
export function isOfRatio(name: RowName, clients: number): boolean {
  return name === 'bulk-write' ? clients >= LIMIT_FROM : LOADS_OF_RATIOS.has(`${name} ${clients}`);
}

/** The rate of the fastest of these rows' raw bulk writes, whatever its batch size; undefined when none was measured. */
function fastestBulkWrite(rows: readonly RowResult[]): number | undefined {
  const rates = rows.filter(({ name }) => name === 'bulk-write').map((row) => row.mutationsPerSecond);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

function over(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

function less(whole: number | undefined, part: number | undefined): number | undefined {
  return whole === undefined || part === undefined ? undefined : whole - part;
}

/** Without what is undefined. */
function present(ratios: { readonly [Name in keyof Ratios]: Ratios[Name] | undefined }): Ratios {
  return Object.fromEntries(Object.entries(ratios).filter(([, value]) => value !== undefined));
}
