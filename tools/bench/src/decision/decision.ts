import {
  Batcher,
  CircuitBreaker,
  LoadMonitor,
  type Mutation,
  Router,
  type SyncMode,
} from '@hybrid-sync/sync-core';
import { type Cells, count, tableOf } from '@hybrid-sync/trials';
import { pino } from 'pino';
import { median } from '../report/row-result.js';
import { type MachineFacts, thisMachine } from '../system/machine-facts.js';

/** A decision is to cost less than this, in nanoseconds. */
const TARGET_NS = 1000;

/** Mutations that are decided on, in turns. */
const MUTATIONS = 1000;
const VALUE = 'v'.repeat(100);
/** Decisions before those that are measured, and in each round. */
const WARM_UP = 200_000;
const DECISIONS = 1_000_000;
const ROUNDS = 7;
const PREFIXES = 1000;
const LONG_MS = 600_000;

/** What one sort of decision costs. */
interface DecisionCost {
  readonly what: string;
  /** What was decided, each time. */
  readonly route: string;
  /** Median over the rounds, in nanoseconds. */
  readonly ns: number;
}

/** Everything that `--decision` found out; `--json` prints it as it stands. */
export interface DecisionReport {
  readonly machine: MachineFacts['machine'];
  readonly node: string;
  readonly decisions: number;
  readonly rounds: number;
  readonly costs: readonly DecisionCost[];
}

interface Case {
  readonly what: string;
  readonly mode: SyncMode;
  readonly prefixes?: number;
  readonly highLoad?: true;
  readonly breakerOpen?: true;
}

const CASES: readonly Case[] = [
  { what: 'mode hybrid', mode: 'hybrid' },
  { what: 'mode adaptive', mode: 'adaptive' },
  {
    what: `mode adaptive, ${PREFIXES} event-only prefixes, none of them the key's`,
    mode: 'adaptive',
    prefixes: PREFIXES,
  },
  { what: 'mode adaptive, load high', mode: 'adaptive', highLoad: true },
  { what: 'mode adaptive, breaker open', mode: 'adaptive', breakerOpen: true },
  { what: 'mode event-only', mode: 'event-only' },
];

/** Measures what the choice of a route costs, with the parts that a pod has, and nothing else. */
export async function measureDecision(): Promise<DecisionReport> {
  const costs: DecisionCost[] = [];
  for (const each of CASES) costs.push(await costOf(each));
  return { machine: thisMachine(), node: process.version, decisions: DECISIONS, rounds: ROUNDS, costs };
}

async function costOf(each: Case): Promise<DecisionCost> {
  const router = await routerFor(each);
  const mutations = Array.from(
    { length: MUTATIONS },
    (_, number): Mutation => ({
      key: `session:${number.toString(36).padStart(8, '0')}`,
      slot: number % 32,
      version: number + 1,
      op: 'set',
      value: VALUE,
    }),
  );
  const routes = new Set<string>();
  const decide = (times: number) => {
    for (let time = 0; time < times; time++) {
      const mutation = mutations[time % MUTATIONS];
      if (mutation !== undefined) routes.add(router.route(mutation, router.modeOf(mutation.key)));
    }
  };
  decide(WARM_UP);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const startedAt = performance.now();
    decide(DECISIONS);
    return ((performance.now() - startedAt) * 1e6) / DECISIONS;
  });
  return { what: each.what, route: [...routes].join(' '), ns: median(rounds) };
}

/** One line for each sort of decision. */
export function decisionCells({ decisions, rounds, costs }: DecisionReport): Cells {
  return tableOf(
    `The choice of a route: median of ${rounds} rounds of ${count(decisions)}; target below ${TARGET_NS} ns`,
    costs.map(({ what, route, ns }) => ({
      what,
      decided: route,
      ns: ns.toFixed(0),
      '': ns < TARGET_NS ? 'reached' : 'missed',
    })),
  );
}

const BOUNDS = { maxInFlight: 4, maxMutations: 256, maxBytes: 2 ** 21 };

async function routerFor({ mode, prefixes = 0, highLoad, breakerOpen }: Case): Promise<Router> {
  const settings = {
    mode,
    eventOnlyPrefixes: Array.from({ length: prefixes }, (_, number) => `bulk:${number}:`),
    fastPathPaused: false,
  };
  const bounds = { breakerFailures: 1, breakerSlowCallMs: LONG_MS, breakerHalfOpenMs: LONG_MS };
  const path = () => ({
    breaker: new CircuitBreaker(
      () => bounds,
      () => undefined,
    ),
    batcher: new Batcher(
      () => BOUNDS,
      async () => new Map(),
    ),
  });
  const [fast, outbox] = [path(), path()];
  if (breakerOpen) {
    const failing = fast.breaker.run(() => Promise.reject(new Error('away')), new AbortController().signal);
    await failing.catch(() => undefined);
  }
  const load = new LoadMonitor(
    () => ({ loadSampleMs: LONG_MS, loadSaturation: 0.8, loadMaxUnprocessed: 100, loadNormalSamples: 4 }),
    pino({ level: 'silent' }),
  );
  load.sampled({
    at: Date.now(),
    pods: 1,
    activeThreads: highLoad ? 10 : 0,
    maxThreads: 10,
    waitingJobs: 0,
    oldestWaitingJob: undefined,
    unprocessedEvents: 0,
  });
  return new Router({ settings: () => settings, load, fast, outbox });
}
