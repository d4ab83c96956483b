import type { RowName } from '../rows/catalogue.js';
import type { RowResult } from './row-result.js';

/** Figures of the projector and of memory, each absent when it was not measured. */
export interface OtherFigures {
  /** Events per second of one projector alone, distinct keys. */
  readonly drainEventsPerSecond?: number;
  /** Events per second of one projector, 10,000 events on 10 keys. */
  readonly hotKeyDrainEventsPerSecond?: number;
  /** Events per second of one projector and of four, each store call delayed. */
  readonly delayedDrainEventsPerSecond?: { readonly one: number; readonly four: number };
  /** From an `EVENT_BASED` answer to the shadow, projector idle. */
  readonly fallbackVisibleMs?: { readonly p50: number; readonly p99: number };
  /** Growth of a pod's resident memory, in MB of 1,000,000 bytes. */
  readonly rssGrowthMb?: number;
}

/** The figures that have a target, and the limit that some of them refer to; absent where a part was not measured. */
export interface Ratios {
  readonly vsOneJobPerMutation?: number;
  readonly vsDirectWrite?: number;
  readonly p99OfDirectWrite?: number;
  readonly ofBulkWriteLimit?: number;
  readonly machineryVsOneJobPerMutation?: number;
  readonly singleClientP50VsDirectWrite?: number;
  readonly drainOfBulkWriteLimit?: number;
  readonly hotKeyDrainEventsPerSecond?: number;
  readonly bulkWriteLimitPerSecond?: number;
  readonly hotKeyDrainOfBulkWriteLimit?: number;
  readonly projectorScaling?: number;
  readonly fallbackVisibleP50Ms?: number;
  readonly fallbackVisibleP99Ms?: number;
  readonly httpOfBareRoute?: number;
  readonly rssGrowthMb?: number;
}

/** Works the ratios out; what they are of is said in `TARGETS`. */
export function ratiosOf(rows: readonly RowResult[], others: OtherFigures): Ratios {
  const at = (name: RowName, clients: number) =>
    rows.find((row) => row.name === name && row.clients === clients);
  const rate = (name: RowName, clients: number) => at(name, clients)?.mutationsPerSecond;
  const limit = limitOf(rows);
  const { drainEventsPerSecond, hotKeyDrainEventsPerSecond, delayedDrainEventsPerSecond } = others;
  return present({
    vsOneJobPerMutation: over(rate('core', 100), rate('one-job-per-mutation', 100)),
    vsDirectWrite: over(rate('core', 100), rate('direct-write', 100)),
    p99OfDirectWrite: over(at('core', 100)?.p99Ms, at('direct-write', 100)?.p99Ms),
    ofBulkWriteLimit: over(rate('core', 500), limit),
    machineryVsOneJobPerMutation: over(rate('core-no-store', 500), rate('one-job-no-store', 500)),
    singleClientP50VsDirectWrite: over(at('core', 1)?.p50Ms, at('direct-write', 1)?.p50Ms),
    drainOfBulkWriteLimit: over(drainEventsPerSecond, limit),
    hotKeyDrainEventsPerSecond,
    bulkWriteLimitPerSecond: limit,
    hotKeyDrainOfBulkWriteLimit: over(hotKeyDrainEventsPerSecond, limit),
    projectorScaling: over(delayedDrainEventsPerSecond?.four, delayedDrainEventsPerSecond?.one),
    fallbackVisibleP50Ms: others.fallbackVisibleMs?.p50,
    fallbackVisibleP99Ms: others.fallbackVisibleMs?.p99,
    httpOfBareRoute: over(rate('http', 100), rate('bare-route', 100)),
    rssGrowthMb: others.rssGrowthMb,
  });
}

/** The fastest raw bulk write, whatever its batch size; undefined when none was measured. */
function limitOf(rows: readonly RowResult[]): number | undefined {
  const rates = rows.filter(({ name }) => name === 'bulk-write').map((row) => row.mutationsPerSecond);
  return rates.length === 0 ? undefined : Math.max(...rates);
}

function over(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}

/** Without what is undefined. */
function present(ratios: { readonly [Name in keyof Ratios]: Ratios[Name] | undefined }): Ratios {
  return Object.fromEntries(Object.entries(ratios).filter(([, value]) => value !== undefined));
}
