export { checkAtRest, faultsAtRest, type RestFindings } from './checks/check-at-rest.js';
export { waitUntilSettled } from './checks/settle.js';
export { commandOf, positive, readCommandLine, wholeNumber } from './command-line.js';
export { groupedBy, recordOf } from './groups.js';
export { ApiClient, CallFailedError, SYNC_METHODS, type SyncMethod } from './load/api-client.js';
export { arrivalTimes } from './load/arrival-times.js';
export { type RunClock, systemClock } from './load/clock.js';
export { driveTraffic, type TrafficDrive } from './load/drive-traffic.js';
export { LatencyRecorder, type LatencySummary, latenciesOf } from './load/latency-recorder.js';
export { Ledger } from './load/ledger.js';
export { type LoadOutcome, runOpenLoop } from './load/open-loop.js';
export { type MethodCounts, OPERATIONS, type Phase } from './load/tally.js';
export { type AnsweredWrite, type FaultySample, Traffic } from './load/traffic.js';
export { FastPathOutage, RESUME_BY_HAND } from './outage/fast-path-outage.js';
export { OwnedParts } from './owned-parts.js';
export { type Cells, tableOf, textOf } from './report/cells.js';
export { count, fine, percent, seconds } from './report/figures.js';
export { differenceLines, failedFor, listed, lostLines } from './report/lists.js';
export type { RunProgress } from './report/progress.js';
export { type OptionsParser, type ProgramSurroundings, type Result, runTrial } from './run-trial.js';
export { findMongodb, findRedis } from './service-addresses.js';
export {
  type BacklogCounts,
  fastQueueOf,
  openSyncStores,
  type SyncStores,
  settingsFor,
} from './sync-stores.js';
export { together } from './together.js';
export { UsageError } from './usage-error.js';
export { type PopulationPlan, planPopulation } from './workload/key-population.js';
export { keyPrefix, newRunId } from './workload/keys.js';
export { findProfile, PROFILE_TABLE, type Profile, parseProfiles, readProfile } from './workload/profile.js';
export { type RequestOp, type RunRequest, requestStream, type WriteRequest } from './workload/requests.js';
export { type Random, randomStream } from './workload/seeded-random.js';
export { ValueMaker } from './workload/values.js';
