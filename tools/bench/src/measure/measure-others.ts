import type { Progress } from '@hybrid-sync/trials';
import { Pairs } from '../load/pairs.js';
import type { BenchOptions } from '../options.js';
import { type DrainMeasurement, measureDrain } from '../projection/measure-drain.js';
import { median } from '../report/medians.js';
import type { OtherFigures } from '../report/other-figures.js';
import { fillShadows } from '../rows/row-connections.js';
import { runInSubject } from '../subject/subject-process.js';
import type { BenchSystem } from '../system/bench-system.js';
import { envOf } from '../system/store-settings.js';
import { checkShadows } from './check-shadows.js';
import { KEYS } from './row-under-test.js';

/** How much is measured. */
export interface OtherSizes {
  /** How often each drain is repeated; its figure is the median. */
  readonly drains: number;
  /** Events of the drain of distinct keys. */
  readonly drainEvents: number;
  /** Events of the delayed drains. */
  readonly delayedEvents: number;
  readonly fallbackWrites: number;
  readonly memoryWarmUp: number;
  readonly memoryMutations: number;
}

/** Sizes of a full run and of a quick one. */
export const OTHER_SIZES = {
  full: {
    drains: 3,
    drainEvents: 100_000,
    delayedEvents: 12_000,
    fallbackWrites: 1000,
    memoryWarmUp: 100_000,
    memoryMutations: 1_000_000,
  },
  quick: {
    drains: 1,
    drainEvents: 15_000,
    delayedEvents: 3000,
    fallbackWrites: 150,
    memoryWarmUp: 15_000,
    memoryMutations: 40_000,
  },
} as const satisfies Record<string, OtherSizes>;

const HOT_EVENTS = 10_000;
const HOT_KEYS = 10;
/** Added to every store call where projectors are compared, in milliseconds. */
const DELAY_MS = 20;
/**
 * Settings of the delayed drains: so small that waiting for the store is what takes the time. With the defaults a single
 * projector already keeps the two cores of a small machine busy, and there is nothing to scale.
 */
const DELAYED_SETTINGS = { PROJECTOR_CONCURRENCY: '2', PROJECTOR_BATCH_EVENTS: '20' };
const MEMORY_CLIENTS = 500;
const BYTES_PER_MB = 1_000_000;

type Figure<Name extends keyof OtherFigures> = NonNullable<OtherFigures[Name]>;

/** What {@link measureOthers} works with. */
interface Others {
  readonly system: BenchSystem;
  readonly options: BenchOptions;
  readonly sizes: OtherSizes;
  readonly progress: Progress;
  readonly signal: AbortSignal;
}

/** Measures what was asked for of the projector, of how soon a fallback is visible, and of a pod's memory. */
export async function measureOthers(
  system: BenchSystem,
  options: BenchOptions,
  sizes: OtherSizes,
  progress: Progress,
  signal: AbortSignal,
): Promise<OtherFigures> {
  const given = { system, options, sizes, progress, signal };
  const { others } = options;
  return {
    ...(others.includes('drain') ? { drain: await measureDistinctDrain(given) } : {}),
    ...(others.includes('hot-key-drain') ? { hotKeyDrain: await measureHotKeyDrain(given) } : {}),
    ...(others.includes('projector-scaling') ? { delayedDrain: await measureScaling(given) } : {}),
    ...(others.includes('fallback') ? { fallbackVisible: await measureFallback(given) } : {}),
    ...(others.includes('memory') ? { memory: await measureMemory(given) } : {}),
  };
}

async function measureDistinctDrain(given: Others): Promise<Figure<'drain'>> {
  const events = given.sizes.drainEvents;
  const drain = { name: 'drain', events, keys: events, projectors: 1, delayMs: 0, settings: {} };
  return { events, eventsPerSecond: await medianDrain(given, drain) };
}

async function measureHotKeyDrain(given: Others): Promise<Figure<'hotKeyDrain'>> {
  const size = { events: HOT_EVENTS, keys: HOT_KEYS };
  const drain = { name: 'hot-key-drain', ...size, projectors: 1, delayMs: 0, settings: {} };
  return { ...size, eventsPerSecond: await medianDrain(given, drain) };
}

async function measureScaling(given: Others): Promise<Figure<'delayedDrain'>> {
  const events = given.sizes.delayedEvents;
  const size = { events, keys: events, delayMs: DELAY_MS };
  const bothOf = async (settings: Readonly<Record<string, string>>) => {
    const of = (projectors: number) =>
      medianDrain(given, { name: `drain-by-${projectors}`, ...size, projectors, settings });
    return { eventsPerSecondOfOne: await of(1), eventsPerSecondOfFour: await of(4) };
  };
  return {
    events,
    delayMs: DELAY_MS,
    settings: DELAYED_SETTINGS,
    ...(await bothOf(DELAYED_SETTINGS)),
    ...(given.options.mode === 'full' ? { withDefaults: await bothOf({}) } : {}),
  };
}

async function medianDrain(
  { system, options, sizes, progress, signal }: Others,
  drain: Omit<DrainMeasurement, 'seed' | 'signal'>,
): Promise<number> {
  const rates: number[] = [];
  for (let round = 1; round <= sizes.drains; round++) {
    const rate = await measureDrain(system, { ...drain, seed: options.seed, signal });
    progress.say(`${drain.name}: ${Math.round(rate)} events/s`);
    rates.push(rate);
  }
  return median(rates);
}

async function measureFallback(given: Others): Promise<Figure<'fallbackVisible'>> {
  const { system, options, sizes, progress, signal } = given;
  const urls = system.stores('fallback');
  const projector = await system.startApp('projector', envOf(urls));
  try {
    const input = { ...urls, seed: options.seed, keys: KEYS, writes: sizes.fallbackWrites };
    const { count, p50, p99 } = await runInSubject('fallback', input, { signal });
    progress.say(`fallback: visible after ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`);
    return { writes: count, p50, p99 };
  } finally {
    await projector.stop();
  }
}

async function measureMemory(given: Others): Promise<Figure<'memory'>> {
  const { system, options, sizes, progress, signal } = given;
  const { memoryWarmUp: warmUp, memoryMutations: mutations } = sizes;
  const { seed } = options;
  const urls = system.stores('memory');
  await fillShadows(urls.mongodbUrl, new Pairs(seed, KEYS));
  const projector = await system.startApp('projector', envOf(urls));
  try {
    const input = { ...urls, seed, keys: KEYS, clients: MEMORY_CLIENTS, warmUp, mutations };
    const { rssBefore, rssAfter } = await runInSubject('memory', input, {
      signal,
      execArgv: ['--expose-gc'],
    });
    await checkShadows({ ...urls, keys: new Pairs(seed, KEYS).keys, signal });
    const rssGrowthMb = (rssAfter - rssBefore) / BYTES_PER_MB;
    progress.say(`memory: ${rssGrowthMb.toFixed(1)} MB more after ${mutations} mutations`);
    return { mutations, rssBeforeMb: rssBefore / BYTES_PER_MB, rssGrowthMb };
  } finally {
    await projector.stop();
  }
}
