/** What a refusal of Redis means: its code, in our words, since what Redis says beside the code may hold names and values. */
export interface RedisRefusal {
  /** First word of Redis' reply. */
  readonly code: string;
  /** What is the matter with Redis; empty for a code that has no entry here. */
  readonly meaning: string;
  /** Whether a new connection may lead to a server that takes the command: after a fail-over, for one. */
  readonly anew: boolean;
}

const A_CLUSTER = 'it is a node of a Redis Cluster, which is not supported';

/** Codes of Redis' replies (see its source: the shared replies in server.c, acl.c, cluster.c). */
const MEANINGS: Readonly<Record<string, readonly [meaning: string, anew?: 'anew']>> = {
  NOAUTH: ['it wants a user or password, and the URL has none'],
  WRONGPASS: ['it refuses the user or password of the URL'],
  NOPERM: ['the user may not do this; its ACL must allow all commands on our keys and channels'],
  DENIED: ['it runs in protected mode, which refuses other machines'],
  READONLY: ['it is a replica, which takes no writes', 'anew'],
  MASTERDOWN: ['it is a replica that has lost its primary', 'anew'],
  UNBLOCKED: ['it became a replica', 'anew'],
  LOADING: ['it is still loading its data', 'anew'],
  CLUSTERDOWN: [`${A_CLUSTER}, and that is down`, 'anew'],
  MOVED: [A_CLUSTER, 'anew'],
  ASK: [A_CLUSTER, 'anew'],
  CROSSSLOT: [A_CLUSTER, 'anew'],
  MISCONF: ["it can't save its data to disk, and takes no writes until it can"],
  OOM: ['it is at its memory limit'],
  NOREPLICAS: ['it has fewer replicas than min-replicas-to-write asks for'],
  BUSY: ['a script holds it up'],
  WRONGTYPE: ['a key of ours has another type'],
};

const CODE = /^-?([A-Z][A-Z0-9]+)(?= |$)/;
/** How Redis 6 reports what a command inside of a script was answered. */
const IN_SCRIPT =
  /^ERR Error running script \(call to f_[0-9a-f]+\): (?:@user_script: ?\d+: )+-?([A-Z][A-Z0-9]+)(?= |$)/;

/** What Redis refused with; undefined for what is no refusal of Redis, such as a deadline. */
export function refusalOf(error: unknown): RedisRefusal | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const code = (IN_SCRIPT.exec(error.message) ?? CODE.exec(error.message))?.[1] ?? 'ERR';
  const [meaning, anew] = MEANINGS[code] ?? [''];
  return { code, meaning, anew: anew !== undefined };
}

/** Redis was reached, but can't be used as it is. The message names the setting, and holds no word of Redis' own. */
export class RedisFaultError extends Error {
  override readonly name = 'RedisFaultError';
  readonly code: string;
  constructor(setting: string, { code, meaning }: Pick<RedisRefusal, 'code' | 'meaning'>) {
    super(`${setting}: ${meaning === '' ? 'it refuses the connection' : meaning} (${code})`);
    this.code = code;
  }
}
