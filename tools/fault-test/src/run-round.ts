import { join } from 'node:path';
import { checkAtRest } from '@hybrid-sync/trials';
import { bringAbout } from './faults/bring-about.js';
import { type FaultKind, kindsOf } from './faults/kinds.js';
import { driveLoad } from './load/drive-load.js';
import { breakersOpened } from './measure/breaker-log.js';
import { type OutageSamples, outageSamples } from './measure/outage-samples.js';
import type { FaultTestOptions } from './options.js';
import { type RoundReport, roundReportOf } from './report/round-report.js';
import { FULL, SHORT } from './schedule/fault-lengths.js';
import { kindsOfRound, makeSchedule } from './schedule/make-schedule.js';
import type { RoundSurroundings } from './surroundings.js';
import { awaitCondition, holdsInTime } from './system/await-condition.js';
import { isReady } from './system/deployment.js';
import { DowntimeLog } from './system/downtime.js';

/** How long all processes may take to be ready at the end of a round, in milliseconds. */
const READY_WITHIN_MS = 30_000;

/** What a round brought: its report, and the single writes of MongoDB's outages for figures over several rounds. */
export interface RoundOutcome {
  readonly report: RoundReport;
  readonly outages: readonly OutageSamples[];
}

/**
 * One round: load and faults together, then rest, then checks.
 * @throws when a process does not come back, or the signal's reason when that aborts
 */
export async function runRound(
  round: number,
  options: FaultTestOptions,
  surroundings: RoundSurroundings,
): Promise<RoundOutcome> {
  const { profile, deployment, checked, traffic, bare, progress, clock, signal } = surroundings;
  const lengths = options.short ? SHORT : FULL;
  const kinds = options.faults ?? kindsFor(options, round);
  const schedule = makeSchedule(options.seed, round, lengths, kinds);
  const lengthMs = Math.max(schedule.lengthMs, (options.seconds ?? 0) * 1000);
  const downtimes = new DowntimeLog(() => clock.now());
  const faultsOver = new AbortController();
  const startedAt = clock.now();
  const say = (line: string) => {
    progress.say(`  ${((clock.now() - startedAt) / 1000).toFixed(1).padStart(5)} s  ${line}`);
  };
  let redisLost = 0;
  const findings: string[] = [];
  surroundings.probes.take(startedAt);
  surroundings.registers.resume();
  const load = driveLoad({
    profile,
    seed: options.seed,
    round,
    rate: options.rate,
    lengthMs,
    traffic,
    clock,
    ended: AbortSignal.any([signal, faultsOver.signal]),
  });
  let mendedAt: number;
  try {
    await bringAbout(schedule.faults, startedAt, lengths.gapMs[0], {
      ...surroundings,
      downtimes,
      onRedisLoss: (writes) => {
        redisLost += writes;
        say(`Redis itself has lost ${writes} bare writes that it had acknowledged`);
      },
      onFinding: (finding) => {
        findings.push(finding);
        say(finding);
      },
      say,
    });
    mendedAt = clock.now();
    if (options.seconds !== undefined) await clock.sleepUntil(startedAt + lengthMs, signal);
  } finally {
    faultsOver.abort();
    surroundings.registers.pause();
    await load;
  }
  const loadEndedAt = clock.now();
  signal.throwIfAborted();
  // This process's own connections may still look for what has just come back.
  await awaitCondition('Redis and MongoDB answer', async () => (await checked.backlog()).journal >= 0, {
    timeoutMs: READY_WITHIN_MS,
    signal,
  });
  const settleFrom = clock.now();
  const rest = await checkAtRest({
    ...surroundings,
    stores: checked,
    ledger: traffic.ledger,
    settleMs: options.settle * 1000,
  });
  const patience = { timeoutMs: READY_WITHIN_MS, signal };
  const notReady: string[] = [];
  for (const app of deployment.apps) {
    if (!(await holdsInTime(() => isReady(app), patience))) notReady.push(app.name);
  }
  const logOf = (pod: 0 | 1) => join(deployment.folder, 'logs', `${deployment.pods[pod].name}.log`);
  const taken = traffic.takeRound();
  const breakers = [await breakersOpened(logOf(0)), await breakersOpened(logOf(1))] as const;
  const sources = { writes: taken.writes, bareWrites: bare.take(), breakers, downtimes };
  const frozenMongodb = outageSamples({ ...sources, outages: downtimes.of('freeze-mongodb') });
  const killedMongodb = outageSamples({ ...sources, outages: downtimes.of('kill-mongodb') });
  const report = roundReportOf({
    round,
    schedule,
    loadMs: loadEndedAt - startedAt,
    recoveryMs: settleFrom - mendedAt + rest.settle.elapsedMs,
    ...taken,
    ...{ frozenMongodb, killedMongodb, downtimes },
    ...{ redisLost, rest, notReady, findings },
    probes: surroundings.probes.take(startedAt),
    registers: surroundings.registers.take(),
    exits: surroundings.exits.splice(0),
  });
  return { report, outages: [frozenMongodb, killedMongodb] };
}

/** Which faults a round has unless told otherwise. */
function kindsFor({ seed, short, topology }: FaultTestOptions, round: number): readonly FaultKind[] {
  if (!short) return kindsOfRound(seed, round, kindsOf(topology));
  const others = kindsOf('single');
  return topology === 'single' ? SHORT.kinds : kindsOf(topology).filter((kind) => !others.includes(kind));
}
