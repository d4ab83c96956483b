import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type CacheConnection,
  CacheKeys,
  connectStores,
  PROJECTION_QUEUE_NAME,
  slotOf,
} from '@hybrid-sync/sync-core';
import {
  FastPathOutage,
  fastQueueOf,
  findProfile,
  OwnedParts,
  openSyncStores,
  PROFILE_TABLE,
  type Profile,
  type ProgramSurroundings,
  type Progress,
  parseProfiles,
  randomStream,
  settingsFor,
  systemClock,
  ValueMaker,
} from '@hybrid-sync/trials';
import { pino } from 'pino';
import { MAX_IN_FLIGHT } from './load/drive-load.js';
import { FaultTraffic } from './load/fault-traffic.js';
import { PodPair } from './load/pod-pair.js';
import { BareRedis } from './measure/bare-redis.js';
import { type JournaledRatio, MAX_RATIO, measureJournaledRatio } from './measure/journaled-ratio.js';
import { httpRatioOf, type OutageSamples } from './measure/outage-samples.js';
import { ProbeSampler } from './measure/probe-sampler.js';
import type { FaultTestOptions } from './options.js';
import { ConditionalClients } from './registers/conditional-clients.js';
import type { RoundReport } from './report/round-report.js';
import { type RoundSurroundings, runRound } from './run-round.js';
import { Deployment } from './system/deployment.js';
import type { Topology } from './system/topology.js';

/** Longest wait of one call over HTTP, in milliseconds: longer than any freeze. */
const CALL_TIMEOUT_MS = 15_000;
/** Time between two bare writes to Redis, in milliseconds. */
const BARE_EVERY_MS = 20;
/** How journaled writes are measured in the core: for full rounds and, where breakers open sooner, for short ones. */
const RATIO = {
  full: { lengthMs: 20_000, env: {} },
  short: { lengthMs: 2000, env: { ASYNC_TIMEOUT_MS: '500', MONGODB_TIMEOUT_MS: '500' } },
} as const;

/** Everything a run found out; `--json` prints it as it stands. */
export interface FaultTestReport {
  readonly seed: string;
  readonly profile: string;
  /** Requests per second. */
  readonly rate: number;
  readonly topology: Topology;
  /** With a single Redis only: it is a matter of the process, not of the servers. */
  readonly core: JournaledRatio | undefined;
  /** How many replicas journaled and bare writes wait for. */
  readonly waitReplicas: number;
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
  const exits: string[] = [];
  const owned = new OwnedParts();
  let inGoodOrder = false;
  try {
    const { topology, waitReplicas } = options;
    const onUnexpectedExit = (message: string) => exits.push(message);
    const deployment = await Deployment.start({ folder, topology, waitReplicas, onUnexpectedExit }, signal);
    owned.add(() => deployment.stop(!inGoodOrder));
    const core =
      topology === 'single' ? await ratioInTheCore(deployment, options, profile, given) : undefined;
    await deployment.startApps(signal);
    const surroundings = await openSurroundings(
      { options, profile, deployment, exits, progress, signal },
      owned,
    );
    const rounds: RoundReport[] = [];
    const samples: OutageSamples[] = [];
    for (let round = 1; round <= options.rounds; round++) {
      progress.say(`round ${round} of ${options.rounds}`);
      const { report, outages } = await runRound(round, surroundings);
      progress.say(`round ${round}: ${report.faults.length === 0 ? 'passed' : report.faults.join('; ')}`);
      rounds.push(report);
      samples.push(...outages);
    }
    inGoodOrder = true;
    return reportOf(options, core, httpRatioOf(samples), rounds);
  } finally {
    await owned.stop();
  }
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

type Given = Pick<RoundSurroundings, 'options' | 'profile' | 'deployment' | 'exits' | 'progress' | 'signal'>;

/** Opens what the rounds work with; `owned` closes it again. */
async function openSurroundings(given: Given, owned: OwnedParts): Promise<RoundSurroundings> {
  const { options, profile, deployment } = given;
  const { redis, mongodbUrl } = deployment;
  const settings = settingsFor({ redisUrl: redis.ownUrl, queueRedisUrl: undefined, mongodbUrl }, {});
  const stores = await connectStores(settings, pino({ level: 'silent' }));
  owned.add(() => stores.stop());
  const checked = await openSyncStores(settings);
  owned.add(() => checked.stop());
  const fastPath = await FastPathOutage.open(fastQueueOf(settings), 'fault test');
  owned.add(() => fastPath.stop());
  const valueBytes = Math.round(profile.valueBytes);
  const bare = new BareRedis(redis.ownUrl, valueBytes, systemClock, deployment.waitReplicas);
  owned.add(() => bare.stop());
  await bare.connect();
  bare.start(BARE_EVERY_MS);
  const urls = [deployment.pods[0].url, deployment.pods[1].url] as const;
  const pods = new PodPair({ urls, maxConnections: MAX_IN_FLIGHT, timeoutMs: CALL_TIMEOUT_MS });
  owned.add(async () => pods.close());
  const values = new ValueMaker(options.seed);
  const keys = new CacheKeys(settings.namespace, settings.slots);
  const now = (key: string) =>
    Date.now() + redis.aheadMs(portOf(stores.redis, keys.clock(slotOf(key, settings.slots))));
  const projection = await FastPathOutage.open(
    { ...fastQueueOf(settings), name: PROJECTION_QUEUE_NAME },
    'fault test',
  );
  owned.add(() => projection.stop());
  const probes = new ProbeSampler({
    pods: deployment.pods,
    projectors: deployment.projectors,
    stores,
    // A sweep finds it when it has become overdue.
    overdueMs: settings.recoverAfterMs + settings.projectorSweepMs,
    clock: systemClock,
  });
  owned.add(() => probes.stop());
  probes.start();
  const registers = new ConditionalClients({
    urls,
    timeoutMs: CALL_TIMEOUT_MS,
    random: randomStream(options.seed, 'conditional writes'),
    clock: systemClock,
  });
  owned.add(() => registers.stop());
  const traffic = new FaultTraffic({
    pods,
    registers,
    values,
    clock: systemClock,
    now,
    onWrite: (write) => probes.wrote(write),
  });
  return {
    ...given,
    settings,
    stores,
    checked,
    fastPath,
    projection,
    probes,
    bare,
    pods,
    values,
    registers,
    traffic,
    now,
    clock: systemClock,
  };
}

/** The port of the server that has a key; undefined while none is known to. */
function portOf(redis: CacheConnection, key: string): number | undefined {
  try {
    return redis.at(key).options.port;
  } catch {
    return undefined;
  }
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
async function keepLogsOnly(folder: string, progress: Progress): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name !== 'logs') await rm(join(folder, name), { recursive: true, force: true });
  }
  progress.say(`the logs are kept in ${join(folder, 'logs')}`);
}
