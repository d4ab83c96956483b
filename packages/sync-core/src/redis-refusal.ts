/** What a refusal of Redis means: its code, in our words, since what Redis says beside the code may hold names and values. */
export interface RedisRefusal {
  /** First word of Redis' reply. */
  readonly code: string;
  /** What is the matter with Redis, to follow its name; empty for a code that has no entry here. */
  readonly meaning: string;
  /** Whether a new connection may lead to a server that takes the command: after a fail-over, for one. */
  readonly anew: boolean;
}

const A_NODE = 'is a node of a Redis Cluster';

/** Codes of Redis' replies (see its source: the shared replies in server.c, acl.c, cluster.c). */
const MEANINGS: Readonly<Record<string, readonly [meaning: string, anew?: 'anew']>> = {
  NOAUTH: ['wants a user or password, and the URL has none'],
  WRONGPASS: ['refuses the user or password of the URL'],
  NOPERM: ['does not allow the user what is asked of it: see its ACL'],
  DENIED: ['runs in protected mode, which refuses other machines'],
  READONLY: ['is a replica, which takes no writes: name the primary', 'anew'],
  MASTERDOWN: ['is a replica that has lost its primary', 'anew'],
  UNBLOCKED: ['became a replica', 'anew'],
  LOADING: ['is still loading its data', 'anew'],
  CLUSTERDOWN: [`${A_NODE} that is down`, 'anew'],
  MOVED: [`${A_NODE} and does not have the hash slot (any more)`, 'anew'],
  ASK: [`${A_NODE} and is giving the hash slot to another one just now`, 'anew'],
  TRYAGAIN: [`${A_NODE} and is giving the hash slot to another one just now`],
  CROSSSLOT: [`${A_NODE}, which takes no command over several hash slots`],
  MISCONF: ["can't save its data to disk, and takes no writes until it can"],
  OOM: ['is at its memory limit'],
  NOREPLICAS: ['has fewer replicas than min-replicas-to-write asks for'],
  BUSY: ['is held up by a script'],
  WRONGTYPE: ['holds a key of ours of another type'],
};

const CODE = /^-?([A-Z][A-Z0-9]+)(?= |$)/;
/** How Redis 6 reports what a command inside of a script was answered. */
const IN_SCRIPT =
  /^ERR Error running script \(call to f_[0-9a-f]+\): (?:@user_script: ?\d+: )+-?([A-Z][A-Z0-9]+)(?= |$)/;

/** How Redis says that a script's user may not do what the script does: not by NOPERM. */
const SCRIPT_NOT_ALLOWED = /^ERR The user executing the script can't /;

/** What Redis refused with; undefined for what is no refusal of Redis, such as a deadline. */
export function refusalOf(error: unknown): RedisRefusal | undefined {
  if (!(error instanceof Error) || error.name !== 'ReplyError') return undefined;
  const code = codeOf(error.message);
  const [meaning, anew] = MEANINGS[code] ?? [''];
  return { code, meaning, anew: anew !== undefined };
}

function codeOf(message: string): string {
  if (SCRIPT_NOT_ALLOWED.test(message)) return 'NOPERM';
  return (IN_SCRIPT.exec(message) ?? CODE.exec(message))?.[1] ?? 'ERR';
}
