import type { RowName } from '../rows/catalogue.js';
import type { OtherFigures } from './other-figures.js';
import type { RowResult } from './row-result.js';

/** A row under a load: its name, and the mutations under way. */
type Load = `${RowName} ${number}`;

/** What a run measured, as figures ask for it; what was not measured is undefined. */
interface Measured {
  at(load: Load): Partial<RowResult> | undefined;
  /** The rate of the fastest raw bulk write of these, whatever its batch size. */
  bulkWrite(of?: (row: RowResult) => boolean): number | undefined;
  readonly others: OtherFigures;
}

/** A figure of a run, and what it should reach where it has a target. */
export interface Figure {
  readonly atLeast?: number;
  readonly atMost?: number;
  /** What it is, in words; absent where it is not shown, but told by `--json`. */
  readonly meaning?: string;
  readonly of: (measured: Measured) => number | undefined;
}

const oneAtATime = ({ inFlight }: RowResult) => inFlight === 1;

const DEFINITIONS = {
  vsOneJobPerMutation: {
    atLeast: 6,
    meaning: 'mutations/s of this system over one job per mutation, 100 clients',
    of: (run) => rates(run, 'core 100', 'one-job-per-mutation 100'),
  },
  vsDirectWrite: {
    atLeast: 3,
    meaning: 'mutations/s over SET + awaited updateOne, 100 clients',
    of: (run) => rates(run, 'core 100', 'direct-write 100'),
  },
  p99OfDirectWrite: {
    atMost: 0.4,
    meaning: 'p99 over that of SET + awaited updateOne, 100 clients',
    of: ({ at }) => over(at('core 100')?.p99Ms, at('direct-write 100')?.p99Ms),
  },
  ofBulkWriteAt100: {
    atLeast: 0.65,
    meaning: 'mutations/s at 100 clients over the fastest raw bulkWrite of 100 under way',
    of: ({ at, bulkWrite }) =>
      over(
        at('core 100')?.mutationsPerSecond,
        bulkWrite(({ clients }) => clients === 100),
      ),
  },
  ofParallelBulkWrite: {
    atLeast: 0.8,
    meaning: 'mutations/s at 500 clients over the fastest raw bulkWrite, up to four at a time',
    of: ({ at, bulkWrite }) => over(at('core 500')?.mutationsPerSecond, bulkWrite()),
  },
  machineryVsOneJobPerMutation: {
    atLeast: 8,
    meaning: 'the same as the first, no-op store, 500 clients',
    of: (run) => rates(run, 'core-no-store 500', 'one-job-no-store 500'),
  },
  singleClientP50VsDirectWrite: {
    atMost: 1.8,
    meaning: 'p50 over that of SET + awaited updateOne, 1 client',
    of: ({ at }) => over(at('core 1')?.p50Ms, at('direct-write 1')?.p50Ms),
  },
  drainOfParallelBulkWrite: {
    atLeast: 0.65,
    meaning:
      'events/s of one projector alone, distinct keys, over the fastest raw bulkWrite, up to four at a time',
    of: ({ others, bulkWrite }) => over(others.drain?.eventsPerSecond, bulkWrite()),
  },
  hotKeyDrainOfBulkWriteLimit: {
    atLeast: 5,
    meaning:
      'events/s of one projector, 10,000 events on 10 keys, over the fastest raw bulkWrite, one at a time',
    of: ({ others, bulkWrite }) => over(others.hotKeyDrain?.eventsPerSecond, bulkWrite(oneAtATime)),
  },
  projectorScaling: {
    atLeast: 3.5,
    meaning: 'events/s of 4 projectors over 1, 20 ms added to every store call',
    of: ({ others: { delayedDrain } }) =>
      over(delayedDrain?.eventsPerSecondOfFour, delayedDrain?.eventsPerSecondOfOne),
  },
  fallbackVisibleP50Ms: {
    atMost: 50,
    meaning: 'ms from an EVENT_BASED answer to the shadow, projector idle, p50',
    of: ({ others }) => others.fallbackVisible?.p50,
  },
  fallbackVisibleP99Ms: {
    atMost: 300,
    meaning: 'the same, p99',
    of: ({ others }) => others.fallbackVisible?.p99,
  },
  httpOfBareRoute: {
    atLeast: 0.35,
    meaning: 'kv set over HTTP over an empty Fastify route with one SET, requests/s, 100 clients',
    of: (run) => rates(run, 'http 100', 'bare-route 100'),
  },
  httpAddedOfBareRoute: {
    atMost: 1,
    meaning:
      'processor time of the api per mutation, beyond that of core, over that of the bare route per request, 100 clients',
    of: ({ at }) => {
      const [http, core] = [at('http 100')?.podUs, at('core 100')?.podUs];
      const added = http === undefined || core === undefined ? undefined : http - core;
      return over(added, at('bare-route 100')?.podUs);
    },
  },
  bulkHttpOfCore: {
    atLeast: 0.8,
    meaning: 'pairs/s by POST /kv/batch of 100 over mutations/s of this system in process, 500 under way',
    of: (run) => rates(run, 'http-bulk 500', 'core 500'),
  },
  redisPortGetP1: {
    atLeast: 0.5,
    meaning: 'GET to the Redis port over GET to Redis itself, commands/s, 50 connections, one at a time',
    of: (run) => rates(run, 'redis-port-get 50', 'bare-get 50'),
  },
  redisPortGetP16: {
    atLeast: 0.2,
    meaning: 'the same, 16 at a time',
    of: (run) => rates(run, 'redis-port-get 800', 'bare-get 800'),
  },
  redisPortSetP1: {
    atLeast: 0.25,
    meaning:
      'SET to the Redis port, answered once it is journaled, over SET to Redis itself, commands/s, 50 connections, one at a time',
    of: (run) => rates(run, 'redis-port-set 50', 'bare-set 50'),
  },
  redisPortSetP16: {
    atLeast: 0.1,
    meaning: 'the same, 16 at a time',
    of: (run) => rates(run, 'redis-port-set 800', 'bare-set 800'),
  },
  redisPortSetOneKeyP1: {
    atLeast: 0.25,
    meaning: 'the same of one key, as redis-benchmark has it, one at a time',
    of: (run) => rates(run, 'redis-port-set-one-key 50', 'bare-set-one-key 50'),
  },
  redisPortSetOneKeyP16: {
    atLeast: 0.1,
    meaning: 'the same of one key, 16 at a time',
    of: (run) => rates(run, 'redis-port-set-one-key 800', 'bare-set-one-key 800'),
  },
  metricsOnOfOff: {
    atLeast: 0.97,
    meaning: 'mutations/s with everything counted for Prometheus over nothing counted, 500 clients',
    of: (run) => rates(run, 'core 500', 'core-no-metrics 500'),
  },
  rssGrowthMb: {
    atMost: 30,
    meaning: 'MB a pod grows over 1,000,000 mutations, after warm-up',
    of: ({ others }) => others.memory?.rssGrowthMb,
  },
  ofBulkWriteLimit: {
    meaning: 'mutations/s at 500 clients over the fastest raw bulkWrite, one at a time',
    of: ({ at, bulkWrite }) => over(at('core 500')?.mutationsPerSecond, bulkWrite(oneAtATime)),
  },
  drainOfBulkWriteLimit: {
    meaning: 'events/s of one projector alone, distinct keys, over the same',
    of: ({ others, bulkWrite }) => over(others.drain?.eventsPerSecond, bulkWrite(oneAtATime)),
  },
  bulkWriteLimitPerSecond: { of: ({ bulkWrite }) => bulkWrite(oneAtATime) },
  parallelBulkWritePerSecond: { of: ({ bulkWrite }) => bulkWrite() },
  hotKeyDrainEventsPerSecond: { of: ({ others }) => others.hotKeyDrain?.eventsPerSecond },
} as const satisfies Record<string, Figure>;

/** The name of a figure. */
export type FigureName = keyof typeof DEFINITIONS;
/** Every figure: those that have a target, and below them those that are shown for comparison, or told only. */
export const FIGURES: Readonly<Record<FigureName, Figure>> = DEFINITIONS;
/** What a run came to; without the figures of which a part was not measured. */
export type Ratios = Readonly<Partial<Record<FigureName, number>>>;

/** Works the figures out. */
export function ratiosOf(rows: readonly RowResult[], others: OtherFigures): Ratios {
  const measured: Measured = {
    at: (load) => rows.find(({ name, clients }) => `${name} ${clients}` === load),
    bulkWrite: (of = () => true) => {
      const rates = rows.filter((row) => row.name === 'bulk-write' && of(row));
      return rates.length === 0 ? undefined : Math.max(...rates.map((row) => row.mutationsPerSecond));
    },
    others,
  };
  const values = Object.entries(FIGURES).map(([name, { of }]) => [name, of(measured)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined));
}

/** The loads that a figure asks for, beside the raw bulk writes. */
const LOADS_OF_FIGURES: ReadonlySet<string> = loadsOfFigures();
/** Upserts under way from which a raw bulk write is what others are held against. */
const LIMIT_FROM = 100;

/** Whether a figure is made of the result of this row with so many clients. */
export function isOfRatio(name: RowName, clients: number): boolean {
  return name === 'bulk-write' ? clients >= LIMIT_FROM : LOADS_OF_FIGURES.has(`${name} ${clients}`);
}

function loadsOfFigures(): Set<string> {
  const loads = new Set<string>();
  // Each is worked out of nothing, which only tells what it asks for.
  const at = (load: Load) => void loads.add(load);
  for (const { of } of Object.values(FIGURES)) of({ at, bulkWrite: () => undefined, others: {} });
  return loads;
}

/** The bound, as a reader would write it; nothing where there is none. */
export function boundOf({ atLeast, atMost }: Pick<Figure, 'atLeast' | 'atMost'>): string {
  if (atLeast === undefined && atMost === undefined) return '';
  return atLeast === undefined ? `<= ${atMost}` : `>= ${atLeast}`;
}

/** Whether a value reaches its target. */
export function reaches({ atLeast, atMost }: Pick<Figure, 'atLeast' | 'atMost'>, value: number): boolean {
  return (atLeast === undefined || value >= atLeast) && (atMost === undefined || value <= atMost);
}

/** One row's rate over that of another. */
function rates({ at }: Measured, one: Load, other: Load): number | undefined {
  return over(at(one)?.mutationsPerSecond, at(other)?.mutationsPerSecond);
}

function over(part: number | undefined, whole: number | undefined): number | undefined {
  return part === undefined || whole === undefined || whole === 0 ? undefined : part / whole;
}
