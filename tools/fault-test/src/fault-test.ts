import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  findProfile,
  OwnedParts,
  PROFILE_TABLE,
  type Profile,
  type ProgramSurroundings,
  parseProfiles,
  type RunProgress,
  randomStream,
} from '@hybrid-sync/trials';
import { type JournaledRatio, MAX_RATIO, measureJournaledRatio } from './measure/journaled-ratio.js';
import { httpRatioOf, type OutageSamples } from './measure/outage-samples.js';
import type { FaultTestOptions } from './options.js';
import type { RoundReport } from './report/round-report.js';
import { runRound } from './run-round.js';
import { openSurroundings } from './surroundings.js';
import { type Deployment, startDeployment } from './system/deployment.js';

/** How journaled writes are measured in the core: for full rounds and, where breakers open sooner, for short ones. */
const RATIO = {
  full: { lengthMs: 20_000, env: {} },
  short: { lengthMs: 2000, env: { ASYNC_TIMEOUT_MS: '500', MONGODB_TIMEOUT_MS: '500' } },
} as const;

/** Everything a run found out; `--json` prints it as it stands. */
export interface FaultTestReport
  extends Pick<FaultTestOptions, 'seed' | 'profile' | 'rate' | 'topology' | 'waitReplicas'> {
  /** With a single Redis only: it is a matter of the process, not of the servers. */
  readonly core: JournaledRatio | undefined;
  /** The same over HTTP, of all rounds' outages of MongoDB, beside all the rest of the load. */
  readonly http: JournaledRatio;
  readonly rounds: readonly RoundReport[];
  /** Why the run failed, a sentence each; empty if it passed. */
  readonly faults: readonly string[];
  /** Where the logs are; absent when they were removed, as after a run that passed. */
  readonly logs?: string;
}

/**
 * The whole run: starts a system of its own, measures journaled writes, runs the rounds, stops everything.
 * @throws UsageError for a profile that does not exist; the signal's reason; or what broke the run off
 */
export async function faultTest(
  options: FaultTestOptions,
  { progress, signal }: ProgramSurroundings,
): Promise<FaultTestReport> {
  const profile = findProfile(parseProfiles(await readFile(PROFILE_TABLE, 'utf8')), options.profile);
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-fault-test-'));
  progress.say(
    `fault test: ${options.topology}, seed ${options.seed}, ${profile.name}, ${options.rate} requests/s; logs in ${join(folder, 'logs')}`,
  );
  let passed = false;
  try {
    const report = await runIn(folder, options, profile, { progress, signal });
    passed = report.faults.length === 0;
    return passed ? report : { ...report, logs: join(folder, 'logs') };
  } finally {
    if (passed || signal.aborted) await rm(folder, { recursive: true, force: true });
    else await keepLogsOnly(folder, progress);
  }
}

async function runIn(
  folder: string,
  options: FaultTestOptions,
  profile: Profile,
  given: ProgramSurroundings,
): Promise<FaultTestReport> {
  const { progress, signal } = given;
  const { topology, waitReplicas, seed } = options;
  const exits: string[] = [];
  const onUnexpectedExit = (message: string) => exits.push(message);
  let inGoodOrder = false;
  await using owned = new OwnedParts();
  const deployment = await startDeployment({ folder, topology, waitReplicas, onUnexpectedExit }, signal);
  owned.add(() => deployment.stop(!inGoodOrder));
  const core = topology === 'single' ? await ratioInTheCore(deployment, options, profile, given) : undefined;
  await deployment.startApps();
  const surroundings = await openSurroundings({ ...given, seed, profile, deployment, exits }, owned);
  const rounds: RoundReport[] = [];
  const samples: OutageSamples[] = [];
  for (let round = 1; round <= options.rounds; round++) {
    progress.say(`round ${round} of ${options.rounds}`);
    const { report, outages } = await runRound(round, options, surroundings);
    progress.say(`round ${round}: ${report.faults.length === 0 ? 'passed' : report.faults.join('; ')}`);
    rounds.push(report);
    samples.push(...outages);
  }
  inGoodOrder = true;
  return reportOf(options, core, httpRatioOf(samples), rounds);
}

function ratioInTheCore(
  deployment: Deployment,
  { short, seed }: FaultTestOptions,
  profile: Profile,
  { progress, signal }: ProgramSurroundings,
): Promise<JournaledRatio> {
  progress.say('measuring journaled writes in the core, MongoDB frozen');
  return measureJournaledRatio({
    deployment,
    valueBytes: Math.round(profile.valueBytes),
    ...(short ? RATIO.short : RATIO.full),
    random: randomStream(seed, 'arrivals in the core'),
    signal,
  });
}

function reportOf(
  { seed, topology, waitReplicas, profile, rate, short }: FaultTestOptions,
  core: JournaledRatio | undefined,
  http: JournaledRatio,
  rounds: readonly RoundReport[],
): FaultTestReport {
  const faults = rounds.flatMap(({ round, faults: each }) => each.map((fault) => `round ${round}: ${fault}`));
  // A short run has too few writes for a p99 to fail by.
  if (!short && core !== undefined && core.ratio > MAX_RATIO) {
    faults.push(`p99 of journaled writes in the core is ${core.ratio.toFixed(2)} times that of a bare write`);
  }
  return { seed, topology, waitReplicas, profile, rate, core, http, rounds, faults };
}

/** Leaves nothing of a failed run but its logs. */
async function keepLogsOnly(folder: string, progress: RunProgress): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== 'logs') await rm(join(folder, name), { recursive: true, force: true });
  }
  progress.say(`the logs are kept in ${join(folder, 'logs')}`);
}
