import { OwnedParts } from '@hybrid-sync/trials';
import { Pairs } from '../load/pairs.js';
import { type Drain, measureDrain } from '../projection/drain.js';
import type { OtherFigures } from '../report/other-figures.js';
import { median } from '../report/row-result.js';
import { fillShadows } from '../rows/row-connections.js';
import { runInSubject } from '../subject/subject-process.js';
import { envOf } from '../system/store-settings.js';
import { checkShadows } from './check-shadows.js';
import type { Measuring } from './measuring.js';

/** How much a full run measures, and a quick one. */
const SIZES = {
  full: {
    /** How often each drain is repeated; its figure is the median. */
    drains: 3,
    /** Events of the drain of distinct keys. */
    drainEvents: 100_000,
    /** Events of the delayed drains. */
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
} as const;

const HOT_EVENTS = 10_000;
const HOT_KEYS = 10;
/** Added to every store call where projectors are compared, in milliseconds. */
const DELAY_MS = 20;
/**
 * Settings of the delayed drains: so small that waiting for the store is what takes the time. With the defaults a single
 * projector already keeps the two cores of a small machine busy, and there is nothing to scale.
 */
const DELAYED_SETTINGS = { PROJECTOR_CONCURRENCY: '2', PROJECTOR_BATCH_EVENTS: '20' };
const BYTES_PER_MB = 1_000_000;

type Figure<Name extends keyof OtherFigures> = NonNullable<OtherFigures[Name]>;

/** Measures what was asked for of the projector, of how soon a fallback is visible, and of a pod's memory. */
export async function measureOthers(given: Measuring): Promise<OtherFigures> {
  const { others } = given.options;
  return {
    ...(others.includes('drain') && { drain: await measureDistinctDrain(given) }),
    ...(others.includes('hot-key-drain') && { hotKeyDrain: await measureHotKeyDrain(given) }),
    ...(others.includes('projector-scaling') && { delayedDrain: await measureScaling(given) }),
    ...(others.includes('fallback') && { fallbackVisible: await measureFallback(given) }),
    ...(others.includes('memory') && { memory: await measureMemory(given) }),
  };
}

async function measureDistinctDrain(given: Measuring): Promise<Figure<'drain'>> {
  const events = sizesOf(given).drainEvents;
  return { events, eventsPerSecond: await medianDrain(given, { name: 'drain', events }) };
}

async function measureHotKeyDrain(given: Measuring): Promise<Figure<'hotKeyDrain'>> {
  const size = { events: HOT_EVENTS, keys: HOT_KEYS };
  return { ...size, eventsPerSecond: await medianDrain(given, { name: 'hot-key-drain', ...size }) };
}

async function measureScaling(given: Measuring): Promise<Figure<'delayedDrain'>> {
  const size = { events: sizesOf(given).delayedEvents, delayMs: DELAY_MS };
  const bothOf = async (settings: Readonly<Record<string, string>>) => {
    const of = (projectors: number) =>
      medianDrain(given, { name: `drain-by-${projectors}`, ...size, projectors, settings });
    return { eventsPerSecondOfOne: await of(1), eventsPerSecondOfFour: await of(4) };
  };
  return {
    ...size,
    settings: DELAYED_SETTINGS,
    ...(await bothOf(DELAYED_SETTINGS)),
    ...(given.options.mode === 'full' && { withDefaults: await bothOf({}) }),
  };
}

async function medianDrain(given: Measuring, drain: Drain): Promise<number> {
  const rates: number[] = [];
  for (let round = 1; round <= sizesOf(given).drains; round++) {
    const rate = await measureDrain(given, drain);
    given.progress.say(`${drain.name}: ${Math.round(rate)} events/s`);
    rates.push(rate);
  }
  return median(rates);
}

async function measureFallback(given: Measuring): Promise<Figure<'fallbackVisible'>> {
  const { system, options, progress, signal } = given;
  const urls = system.stores('fallback');
  await using owned = new OwnedParts();
  owned.own(await system.startApp('projector', envOf(urls)));
  const input = { ...urls, seed: options.seed, writes: sizesOf(given).fallbackWrites };
  const { count, p50, p99 } = await runInSubject('fallback', input, { signal });
  progress.say(`fallback: visible after ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99)`);
  return { writes: count, p50, p99 };
}

async function measureMemory(given: Measuring): Promise<Figure<'memory'>> {
  const { system, options, progress, signal } = given;
  const { seed } = options;
  const { memoryWarmUp: warmUp, memoryMutations: mutations } = sizesOf(given);
  const pairs = new Pairs(seed);
  const urls = system.stores('memory');
  await fillShadows(urls.mongodbUrl, pairs);
  await using owned = new OwnedParts();
  owned.own(await system.startApp('projector', envOf(urls)));
  const input = { ...urls, seed, warmUp, mutations };
  const run = { signal, execArgv: ['--expose-gc'] };
  const { rssBefore, rssAfter } = await runInSubject('memory', input, run);
  await checkShadows({ ...urls, keys: pairs.keys, signal });
  const rssGrowthMb = (rssAfter - rssBefore) / BYTES_PER_MB;
  progress.say(`memory: ${rssGrowthMb.toFixed(1)} MB more after ${mutations} mutations`);
  return { mutations, rssBeforeMb: rssBefore / BYTES_PER_MB, rssGrowthMb };
}

function sizesOf({ options }: Measuring) {
  return SIZES[options.mode === 'quick' ? 'quick' : 'full'];
}
