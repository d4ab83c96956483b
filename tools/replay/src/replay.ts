import {
  ApiClient,
  checkAtRest,
  FastPathOutage,
  fastQueueOf,
  findMongodb,
  findRedis,
  keyPrefix,
  newRunId,
  OwnedParts,
  openSyncStores,
  type PopulationPlan,
  type Profile,
  type ProgramSurroundings,
  percent,
  planPopulation,
  RESUME_BY_HAND,
  type RunProgress,
  readProfile,
  requestStream,
  settingsFor,
  systemClock,
  Traffic,
  UsageError,
  ValueMaker,
} from '@hybrid-sync/trials';
import { drive } from './load/drive.js';
import type { ReplayOptions } from './options.js';
import { type RunReport, reportOf } from './report/run-report.js';

/**
 * One run: load, then rest, then checks.
 *
 * @throws UsageError when it can't start as asked for, the signal's reason when that aborts, or what broke
 * the run off; the fast queue is resumed in every case
 */
export async function replay(
  options: ReplayOptions,
  env: NodeJS.ProcessEnv,
  { progress, signal }: ProgramSurroundings,
): Promise<RunReport> {
  const { seed, fastPathOutage } = options;
  const profile = await readProfile(options.profile);
  const plan = planPopulation(profile, Math.round(options.rate * options.seconds));
  const runId = newRunId();
  await using owned = new OwnedParts();
  const api = new ApiClient({
    api: options.api,
    maxConnections: options.inFlight,
    timeoutMs: options.timeout * 1000,
    token: env.HYBRID_SYNC_TOKEN || undefined,
  });
  owned.add(async () => api.close());
  await api.checkReady();
  const settings = settingsFor(
    { ...findRedis({ options, env }), mongodbUrl: findMongodb({ options, env }) },
    env,
  );
  const stores = owned.own(await openSyncStores(settings));
  const fastPath = owned.own(await FastPathOutage.open(fastQueueOf(settings), runId));
  await leaveNothingPaused(fastPath, options, progress);
  progress.say(headerOf(options, profile, plan, runId));
  const traffic = new Traffic({ api, values: new ValueMaker(seed), clock: systemClock });
  const load = await drive({
    items: requestStream({ profile, plan, seed, prefix: keyPrefix(runId, profile.keyBytes) }),
    count: plan.requests,
    seed,
    durationMs: options.seconds * 1000,
    maxInFlight: options.inFlight,
    ...(fastPathOutage !== undefined && { outage: { fastPath, lengthMs: fastPathOutage * 1000 } }),
    traffic,
    progress,
    clock: systemClock,
    signal,
  });
  signal.throwIfAborted();
  const rest = await checkAtRest({
    ...{ stores, fastPath, progress, signal },
    ledger: traffic.ledger,
    settleMs: options.settle * 1000,
    clock: systemClock,
  });
  return reportOf({ options, runId, planned: plan.requests, traffic, load, rest });
}

/** Resumes the service's fast queue, whoever paused it. @throws UsageError when it can't be reached */
export async function resumeFastPath(options: ReplayOptions, env: NodeJS.ProcessEnv): Promise<void> {
  const settings = settingsFor(findRedis({ options, env }), env);
  await using owned = new OwnedParts();
  await owned.own(await FastPathOutage.open(fastQueueOf(settings), 'by hand')).forceResume();
}

/**
 * Undoes what a killed run left; says so if someone else paused the queue, and refuses to begin an outage
 * then.
 */
async function leaveNothingPaused(
  fastPath: FastPathOutage,
  { fastPathOutage }: ReplayOptions,
  progress: RunProgress,
): Promise<void> {
  const abandoned = await fastPath.undoAbandoned(Date.now());
  if (abandoned !== undefined) {
    progress.say(
      `run ${abandoned.runId} (process ${abandoned.pid} on ${abandoned.host}) ended without resuming the fast queue; ` +
        'it is resumed now',
    );
  } else if (await fastPath.isPaused()) {
    const state = `the fast queue is paused, and not by a replay; to resume it: ${RESUME_BY_HAND}`;
    if (fastPathOutage !== undefined) throw new UsageError(state);
    progress.say(`${state}\nno write will take the fast path`);
  }
}

function headerOf(options: ReplayOptions, profile: Profile, plan: PopulationPlan, runId: string): string {
  const readsOnly = profile.operations.every(({ item }) => item === 'get');
  const mix = profile.operations.map(({ item, share }) => `${item} ${percent(share)}`).join(', ');
  return [
    `replaying ${profile.name} at ${options.api}: ${plan.requests} requests in ${options.seconds} s; ` +
      `run ${runId}, seed ${options.seed}`,
    `  ${mix}; keys of ${profile.keyBytes} bytes, values of ${profile.valueBytes} on average, ` +
      `Zipf exponent ${profile.zipfAlpha}`,
    `  requests per key: ${plan.expectedRequestsPerKey.toFixed(1)} (${profile.requestsPerKey} in the real cluster); ` +
      `one-hit keys: ${percent(plan.expectedOneHitShare)} (${percent(profile.oneHitShare)})`,
    ...(readsOnly
      ? ['  this cluster only reads: the run writes nothing, so there is nothing of its own to compare']
      : []),
  ].join('\n');
}
