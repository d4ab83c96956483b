import { type PausablePart, pausedParts } from '../config/paused-parts.js';
import { withoutCredentials } from '../config/without-credentials.js';
import type { Failing } from '../control/success-watch.js';
import { RedisFaultError } from '../errors.js';
import { ConfigurationError } from '../permanent-errors.js';
import type { Proof } from '../proof.js';
import type { CacheConnection } from '../redis/cache-connection.js';
import type { UnsafeSetting } from '../redis/redis-safety.js';
import type { NotDrained } from '../watch/backlog.js';
import type { QueueName } from '../watch/queue-pauses.js';
import { adviceOn } from './advice.js';
import type { Foundation } from './foundation.js';

/** How a process is, for {@link readinessOf}. */
export interface NodeState {
  readonly stopping: boolean;
  readonly redisUp: boolean;
  /** Whether both stores were proven to be this deployment's once, and so were reached. */
  readonly proven: boolean;
  readonly failing: readonly NotReadyReason[];
  readonly paused: readonly QueueName[];
  readonly notDrained: readonly NotDrained[];
}

/** Whether a process may be sent traffic, and what it waits for. */
export function readinessOf(
  { stores: { proof, redis }, live, unsafe }: Pick<Foundation, 'stores' | 'live' | 'unsafe'>,
  { stopping, redisUp, proven, failing, paused, notDrained }: NodeState,
): Readiness {
  const { redisUrl, mongodbUrl } = live.current;
  const reasons = [
    ...redisReasons(redisUp, redis),
    ...standingReasons({ STOPPING: stopping, MONGODB_UNREACHABLE: !proven && proof.against === undefined }),
    ...ownershipReason(proof, proven),
    ...failing,
  ];
  return {
    ready: reasons.length === 0,
    reasons,
    checks: {
      redis: { ok: redisUp, where: withoutCredentials(redisUrl) },
      mongodb: { ok: proven, where: withoutCredentials(mongodbUrl) },
    },
    warnings: notDrained.map(notDrainedWarning),
    paused,
    pausedParts: pausedParts(live).map(({ part }) => part),
    unsafe: unsafe(),
  };
}

/** Why a process is not ready, by a name for programs. More may come; none changes its meaning. */
export type NotReadyName =
  | 'STOPPING'
  | 'REDIS_UNREACHABLE'
  /** Redis was reached, and can't be used as it is: a replica, a wrong password, a cluster that misses a master. */
  | 'REDIS_UNFIT'
  | 'MONGODB_UNREACHABLE'
  /** MongoDB or Redis is not this deployment's, or refuses what proves that it is. */
  | 'STORES_REFUSED'
  /** No write has succeeded for some seconds. */
  | 'WRITES_FAIL'
  /** A slot has work, and no drain of it has succeeded for some seconds. */
  | 'DRAINS_FAIL';

/** Why a process is not ready. It names no host and holds no secret: anyone may be told. */
export interface NotReadyReason {
  readonly name: NotReadyName;
  /** What was tried last failed of this: a code of Redis or MongoDB, `TIMEOUT`, `NO_CONNECTION`, a class of errors. */
  readonly cause?: string;
  /** For how long it has been so, in milliseconds, where that is known. */
  readonly forMs?: number;
  /** In words, with what to do. */
  readonly message: string;
}

/** What is the matter, by a name for programs, and in words, with what to do. */
export interface Warning {
  /** `NOT_DRAINED`: something waits in a slot, is due, and no projector takes it. */
  readonly name: 'NOT_DRAINED';
  /** Where it waits. */
  readonly of: NotDrained['of'];
  /** For how long it has been so, in milliseconds. */
  readonly forMs: number;
  readonly message: string;
}

/** Whether a process may be sent traffic, and what it waits for. */
export interface Readiness {
  readonly ready: boolean;
  /** Why not; empty when it is ready. */
  readonly reasons: readonly NotReadyReason[];
  /** Each service: whether it was reached, and where it is looked for (without credentials). */
  readonly checks: Readonly<Record<'redis' | 'mongodb', { readonly ok: boolean; readonly where: string }>>;
  /** What is the matter with the deployment, and does not make this process unready. */
  readonly warnings: readonly Warning[];
  /** Queues that someone has paused; they don't make a process unready. */
  readonly paused: readonly QueueName[];
  /** Parts of the deployment that an operator has paused; they don't make a process unready. */
  readonly pausedParts: readonly PausablePart[];
  /** Settings of Redis under which acknowledged writes can be lost; they don't make a process unready. */
  readonly unsafe: readonly UnsafeSetting[];
}

const STANDING: Readonly<
  Record<Exclude<NotReadyName, 'REDIS_UNFIT' | 'STORES_REFUSED' | 'WRITES_FAIL' | 'DRAINS_FAIL'>, string>
> = {
  STOPPING: 'The process is stopping.',
  REDIS_UNREACHABLE:
    'Redis is not reachable: see whether it runs, and whether REDIS_URL and the network lead to it.',
  MONGODB_UNREACHABLE:
    'MongoDB was not reached since the start: see whether it runs, and whether MONGODB_URL and the network lead to it.',
};

/** The reasons of these names for which `holds` says that they hold. */
function standingReasons(holds: Readonly<Partial<Record<keyof typeof STANDING, boolean>>>): NotReadyReason[] {
  return (Object.keys(STANDING) as (keyof typeof STANDING)[])
    .filter((name) => holds[name])
    .map((name) => ({ name, message: STANDING[name] }));
}

/** The reason that the stores are not this deployment's or, before it was `proven` once, what keeps it from being proven. */
function ownershipReason(
  { against, refused }: Pick<Proof, 'against' | 'refused'>,
  proven: boolean,
): NotReadyReason[] {
  return against === undefined || (proven && !refused) ? [] : [{ name: 'STORES_REFUSED', message: against }];
}

/** Why Redis is not `up`, by how its connection stands; none when it is. */
function redisReasons(up: boolean, { fault }: Pick<CacheConnection, 'fault'>): NotReadyReason[] {
  if (up) return [];
  if (fault instanceof RedisFaultError) {
    return [{ name: 'REDIS_UNFIT', cause: fault.code, message: `${fault.message}: ${adviceOn(fault.code)}` }];
  }
  if (fault instanceof ConfigurationError) {
    return [{ name: 'REDIS_UNFIT', cause: fault.code, message: fault.problems.join('; ') }];
  }
  return standingReasons({ REDIS_UNREACHABLE: true });
}

/** The reason that something goes on failing; none when nothing does. */
export function failingReason(
  name: 'WRITES_FAIL' | 'DRAINS_FAIL',
  failing: Failing | undefined,
): NotReadyReason[] {
  if (failing === undefined) return [];
  const { cause } = failing;
  const forMs = Math.round(failing.forMs);
  const what =
    name === 'WRITES_FAIL'
      ? `No write has succeeded for ${seconds(forMs)}`
      : `A slot has work, and no drain of it has succeeded for ${seconds(forMs)}`;
  return [{ name, cause, forMs, message: `${what} (${cause}): ${adviceOn(cause)}` }];
}

function notDrainedWarning({ of, forMs }: NotDrained): Warning {
  const what = of === 'outbox' ? 'events' : 'journal entries';
  const message =
    `The first of a slot's ${what} has been due for ${seconds(forMs)}, and no projector takes it: see whether ` +
    'projectors run and are ready, and whether they have places left.';
  return { name: 'NOT_DRAINED', of, forMs: Math.round(forMs), message };
}

function seconds(ms: number): string {
  return `${Math.floor(ms / 1000)} s`;
}
