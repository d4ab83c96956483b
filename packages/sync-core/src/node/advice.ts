const LOGIN = 'Redis does not let this process in: see user and password in REDIS_URL.';
const AWAY = 'see whether the server runs and whether the network leads to it.';
const NOT_THE_PRIMARY =
  'this server is no primary (any more): see that the URL leads to the primary, and to the new one after a failover.';
const MOVING = 'a hash slot of the Redis Cluster is being moved: what it holds is there again once it has.';

/** What to do, by what something failed of. */
const ADVICE: Readonly<Record<string, string>> = {
  OOM: 'Redis is at its memory limit. Give it more memory (maxmemory), or remove what it need not hold.',
  READONLY: NOT_THE_PRIMARY,
  MASTERDOWN: NOT_THE_PRIMARY,
  NotWritablePrimary: NOT_THE_PRIMARY,
  MISCONF:
    "Redis takes no writes since it can't save to its disk: see its log, and whether the disk is full.",
  NOREPLICAS:
    'Redis has fewer replicas than min-replicas-to-write asks for: bring them back, or ask for fewer.',
  NOT_REPLICATED:
    'MongoDB is away, and fewer replicas of Redis have what is written than app.journal.wait-replicas asks for: bring them back.',
  NOPERM:
    "Redis' access rules (ACL) don't allow what a write needs: see docs/operations.md for the commands.",
  NOAUTH: LOGIN,
  WRONGPASS: LOGIN,
  NO_MASTER: 'see SENTINEL MASTERS for the names that a sentinel knows.',
  LOADING: 'Redis is loading its data: wait for it.',
  BUSY: "Someone's script keeps Redis busy: end it (SCRIPT KILL).",
  MOVED: 'hash slots of the Redis Cluster have moved: the next try goes to where they are.',
  ASK: MOVING,
  TRYAGAIN: MOVING,
  CLUSTERDOWN: 'the Redis Cluster is down: see CLUSTER INFO.',
  OLD_VIEW: 'nodes of the Redis Cluster have not heard of a failover: see CLUSTER NODES at each of them.',
  JOURNAL_FULL: "a slot's journal is full: MongoDB has been away for long, or no projector drains the slot.",
  TIMEOUT: `no answer in time: ${AWAY}`,
  NO_CONNECTION: `no connection: ${AWAY}`,
  Unauthorized: "MongoDB's access rules don't allow it: the user needs the role readWrite on the database.",
  AuthenticationFailed: 'MongoDB does not let this process in: see user and password in MONGODB_URL.',
};

/** What to do about a failure, in words; `cause`: its name, as `failureName` gives it. */
export function adviceOn(cause: string): string {
  return ADVICE[cause] ?? "see the log of this process and the server's.";
}
