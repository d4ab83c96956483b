/** Number of an api pod or of a projector; there are two of each. */
export type Which = 0 | 1;

/** What of MongoDB is hit: the database engine, the wire protocol's gateway in front of it, or both. */
export type MongodbPart = 'engine' | 'gateway' | 'both';

/** What is done to the system. All times are in milliseconds. */
export type Fault =
  | {
      /** SIGKILL of an api pod that has writes under way. */
      readonly kind: 'kill-api';
      readonly pod: Which;
      /** From the kill to the new start. */
      readonly downMs: number;
    }
  | {
      /** SIGKILL of a projector that has a slot in hand, out of a backlog made for it. */
      readonly kind: 'kill-projector';
      readonly projector: Which;
      /** From the moment it has something in hand to the kill; 0 kills as early as can be seen. */
      readonly afterMs: number;
      readonly downMs: number;
    }
  | {
      /** SIGSTOP of MongoDB, and SIGCONT. */
      readonly kind: 'freeze-mongodb';
      readonly part: MongodbPart;
      readonly frozenMs: number;
    }
  | {
      /** SIGKILL of MongoDB, and a start on its data. The gateway keeps no data, so `part` always has the engine. */
      readonly kind: 'kill-mongodb';
      readonly part: Exclude<MongodbPart, 'gateway'>;
      readonly downMs: number;
    }
  | {
      /** SIGKILL of Redis while writes are under way, and a start on its append-only file. */
      readonly kind: 'kill-redis';
      readonly downMs: number;
    }
  | {
      /** SIGSTOP of an api pod whose fast worker has a job in hand, so that the job ends late. */
      readonly kind: 'freeze-api';
      readonly pod: Which;
      readonly frozenMs: number;
    }
  | {
      /** Redis at its memory limit in an outage of MongoDB; MongoDB comes back first, and the journal has to shrink. */
      readonly kind: 'fill-redis';
      /** From reaching the limit to MongoDB's return. */
      readonly fullMs: number;
    }
  | {
      /** Redis is killed, and a replica takes its place, with older data and another clock. */
      readonly kind: 'replace-redis';
      /** By how much its clock is ahead; below 0 for behind. */
      readonly aheadMs: number;
      /** How old its data are. */
      readonly olderMs: number;
    }
  | {
      /** A replica is promoted and the old Redis demoted; connections to the old one stay open. */
      readonly kind: 'fail-over';
      /** How long the demoted one goes on running. */
      readonly keptMs: number;
    }
  | {
      /** Connections of pods and projectors to Redis go silent: they take bytes and forward none. New ones work. */
      readonly kind: 'silence-line';
      readonly connections: 'one' | 'all';
      /** Which one, as a share of all there are, below 1. */
      readonly which: number;
      /** Least time until it counts as noticed. */
      readonly silentMs: number;
    }
  | {
      /** Keys of the queues vanish, as where their Redis evicts, while events wait. */
      readonly kind: 'evict-queues';
      /** The list of jobs that wait for projection, or every key of every queue. */
      readonly keys: 'waiting' | 'all';
    }
  | {
      /** MongoDB refuses single writes with 16500, as a throttled store does. */
      readonly kind: 'throttle-mongodb';
      readonly collections: 'shadows' | 'all';
      readonly throttledMs: number;
    }
  | {
      /** Someone pauses the projection queue while events come. */
      readonly kind: 'pause-queue';
      readonly pausedMs: number;
    }
  | {
      /** A master of Redis gets SIGKILL, SIGSTOP, or no more connections; a replica takes its place. */
      readonly kind: 'kill-master' | 'freeze-master' | 'cut-master';
      /** Which one, as a share of all masters, below 1. */
      readonly which: number;
      /** From the replica's taking over to its return. */
      readonly awayMs: number;
    }
  | {
      /** A master's replicas get nothing more of it while MongoDB is away; then it gets SIGKILL. */
      readonly kind: 'cut-replicas';
      readonly which: number;
      /** From the cut to the kill. */
      readonly cutMs: number;
    }
  | {
      /** A replica takes a master's place as an operator asks for it. */
      readonly kind: 'hand-over';
      readonly which: number;
    }
  | {
      /** The same while MongoDB is away. */
      readonly kind: 'hand-over-journaled';
      readonly which: number;
      readonly mongodbAwayMs: number;
    }
  | {
      /** The same to a replica that has another clock, and back. */
      readonly kind: 'hand-over-clock';
      readonly which: number;
      /** By how much it is ahead; below 0 for behind. */
      readonly aheadMs: number;
    }
  | {
      /** All keys of one of our slots move to another master of the cluster while they are written. */
      readonly kind: 'move-slot';
      /** Which slot, as a share of all. */
      readonly which: number;
      /** How long it stays with half of the keys moved. */
      readonly halfwayMs: number;
    };

/** Names of all faults, in the order of the reports. */
export const FAULT_KINDS = [
  'kill-api',
  'kill-projector',
  'freeze-mongodb',
  'kill-mongodb',
  'kill-redis',
  'freeze-api',
  'fill-redis',
  'replace-redis',
  'fail-over',
  'silence-line',
  'evict-queues',
  'throttle-mongodb',
  'pause-queue',
  'kill-master',
  'freeze-master',
  'cut-master',
  'cut-replicas',
  'hand-over',
  'hand-over-journaled',
  'hand-over-clock',
  'move-slot',
] as const satisfies readonly Fault['kind'][];

/** See {@link FAULT_KINDS}. */
export type FaultKind = (typeof FAULT_KINDS)[number];

/** A fault in its place in a round. */
export interface PlannedFault {
  /** From the start of the load, in milliseconds; later when the fault before it took longer than planned. */
  readonly atMs: number;
  /** How long it is expected to take until it is mended, in milliseconds. */
  readonly lengthMs: number;
  readonly fault: Fault;
  /** A fault in the middle of this one, by its start after this one's; only MongoDB's outages have one. */
  readonly within?: { readonly afterMs: number; readonly fault: Fault };
}

/** The whole of a round's faults. */
export interface Schedule {
  /** In the order of their times. */
  readonly faults: readonly PlannedFault[];
  /** From the start of the load to its end, in milliseconds. */
  readonly lengthMs: number;
}

/** A fault in a few words, for progress lines and logs. */
export function describe(fault: Fault): string {
  switch (fault.kind) {
    case 'kill-api':
      return `SIGKILL api ${fault.pod}, back after ${seconds(fault.downMs)}`;
    case 'kill-projector':
      return `SIGKILL projector ${fault.projector} in the middle of a drain, back after ${seconds(fault.downMs)}`;
    case 'freeze-mongodb':
      return `freeze MongoDB (${fault.part}) for ${seconds(fault.frozenMs)}`;
    case 'kill-mongodb':
      return `SIGKILL MongoDB (${fault.part}), back after ${seconds(fault.downMs)}`;
    case 'kill-redis':
      return `SIGKILL Redis, back after ${seconds(fault.downMs)}`;
    case 'freeze-api':
      return `freeze api ${fault.pod} for ${seconds(fault.frozenMs)} with a job in hand`;
    case 'fill-redis':
      return `Redis at its memory limit while MongoDB is away, for ${seconds(fault.fullMs)}`;
    case 'replace-redis': {
      const older = seconds(fault.olderMs);
      return `Redis replaced by a replica with data ${older} older, its clock ${offBy(fault.aheadMs)}`;
    }
    case 'fail-over':
      return `failover of Redis with sockets kept for ${seconds(fault.keptMs)}`;
    case 'silence-line':
      return `${fault.connections === 'one' ? 'a connection' : 'all connections'} to Redis silent`;
    case 'evict-queues':
      return `keys of the queues evicted (${fault.keys})`;
    case 'throttle-mongodb':
      return `MongoDB throttled (${fault.collections}) for ${seconds(fault.throttledMs)}`;
    case 'pause-queue':
      return `the projection queue paused for ${seconds(fault.pausedMs)}`;
    case 'kill-master':
      return `SIGKILL a master of Redis, back ${seconds(fault.awayMs)} after it was replaced`;
    case 'freeze-master':
      return `freeze a master of Redis until ${seconds(fault.awayMs)} after it was replaced`;
    case 'cut-master':
      return `a master of Redis cut off for ${seconds(fault.awayMs)}`;
    case 'cut-replicas':
      return `a master of Redis without its replicas and MongoDB for ${seconds(fault.cutMs)}, then SIGKILL`;
    case 'hand-over':
      return 'a planned failover of Redis';
    case 'hand-over-journaled':
      return `a planned failover of Redis while MongoDB is away for ${seconds(fault.mongodbAwayMs)}`;
    case 'hand-over-clock':
      return `planned failovers of Redis to a clock ${offBy(fault.aheadMs)}, and back`;
    case 'move-slot':
      return `a slot moved to another master, ${seconds(fault.halfwayMs)} halfway`;
  }
}

function offBy(aheadMs: number): string {
  return `${seconds(Math.abs(aheadMs))} ${aheadMs < 0 ? 'behind' : 'ahead'}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
