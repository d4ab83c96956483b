/** What a command does with the keys it names. */
export type CommandEffect = 'reads' | 'writes' | 'none';

/** One command, as COMMAND INFO and COMMAND DOCS tell of it. */
export interface CommandTerms {
  /** Its length with its name; negative for at least that, as in Redis. */
  readonly arity: number;
  /** It also says what one must be allowed, unless `role` does: to read what it reads, to write what it writes. */
  readonly effect: CommandEffect;
  readonly role?: 'admin';
  /** It may only read although it is one that writes, and has its turn to itself. */
  readonly mayOnlyRead?: true;
  /** Places of its keys: the first, the last (negative from the end), the step; three zeros for none. */
  readonly keys: readonly [first: number, last: number, step: number];
  readonly group: 'string' | 'generic' | 'connection' | 'server' | 'hybrid-sync';
  /** The version of Redis, or of this service, that it is of. */
  readonly since: string;
  readonly summary: string;
}

const terms =
  (group: CommandTerms['group'], effect: CommandEffect, keys: CommandTerms['keys']) =>
  (arity: number, since: string, summary: string): CommandTerms => ({
    arity,
    effect,
    keys,
    group,
    since,
    summary,
  });

const readsValue = terms('string', 'reads', [1, 1, 1]);
const writesValue = terms('string', 'writes', [1, 1, 1]);
const readsKey = terms('generic', 'reads', [1, 1, 1]);
const readsKeys = terms('generic', 'reads', [1, -1, 1]);
const writesKey = terms('generic', 'writes', [1, 1, 1]);
const writesKeys = terms('generic', 'writes', [1, -1, 1]);
const looks = terms('generic', 'reads', [0, 0, 0]);
const tells = terms('server', 'none', [0, 0, 0]);
const speaks = terms('connection', 'none', [0, 0, 0]);
const own = terms('hybrid-sync', 'none', [0, 0, 0]);

/** Every command that is served, by its name. */
export const SERVED_COMMANDS = {
  append: writesValue(3, '2.0.0', 'Appends to the value of a key.'),
  decr: writesValue(2, '1.0.0', 'Takes one from the integer that a key holds.'),
  decrby: writesValue(3, '1.0.0', 'Takes from the integer that a key holds.'),
  get: readsValue(2, '1.0.0', 'Tells the value of a key.'),
  getdel: writesValue(2, '6.2.0', 'Tells the value of a key and deletes it.'),
  getex: { ...writesValue(-2, '6.2.0', 'Tells a value and changes when it expires.'), mayOnlyRead: true },
  getrange: readsValue(4, '2.4.0', 'Tells a part of the value of a key.'),
  getset: writesValue(3, '1.0.0', 'Sets a pair and tells the value before it.'),
  incr: writesValue(2, '1.0.0', 'Adds one to the integer that a key holds.'),
  incrby: writesValue(3, '1.0.0', 'Adds to the integer that a key holds.'),
  incrbyfloat: writesValue(3, '2.6.0', 'Adds to the number that a key holds.'),
  mget: terms('string', 'reads', [1, -1, 1])(-2, '1.0.0', 'Tells the values of several keys.'),
  mset: terms('string', 'writes', [1, -1, 2])(-3, '1.0.1', 'Sets several pairs, each by itself.'),
  msetnx: terms('string', 'writes', [1, -1, 2])(
    -3,
    '1.0.1',
    'Sets several pairs of one slot where there is none of them.',
  ),
  psetex: writesValue(4, '2.6.0', 'Sets a pair that expires in so many milliseconds.'),
  set: writesValue(-3, '1.0.0', 'Sets a pair.'),
  setex: writesValue(4, '2.0.0', 'Sets a pair that expires in so many seconds.'),
  setnx: writesValue(3, '1.0.0', 'Sets a pair where there is none.'),
  strlen: readsValue(2, '2.2.0', 'Tells how long the value of a key is.'),
  substr: readsValue(4, '1.0.0', 'Tells a part of the value of a key.'),

  del: writesKeys(-2, '1.0.0', 'Deletes keys.'),
  exists: readsKeys(-2, '1.0.0', 'Tells how many of these keys there are.'),
  expire: writesKey(-3, '1.0.0', 'Has a key expire in so many seconds.'),
  expireat: writesKey(-3, '1.2.0', 'Has a key expire at a second since 1970.'),
  expiretime: readsKey(2, '7.0.0', 'Tells at which second since 1970 a key expires.'),
  keys: { ...looks(2, '1.0.0', 'Lists the keys that match a pattern.'), role: 'admin' },
  persist: writesKey(2, '2.2.0', 'Has a key never expire.'),
  pexpire: writesKey(-3, '2.6.0', 'Has a key expire in so many milliseconds.'),
  pexpireat: writesKey(-3, '2.6.0', 'Has a key expire at a millisecond since 1970.'),
  pexpiretime: readsKey(2, '7.0.0', 'Tells at which millisecond since 1970 a key expires.'),
  pttl: readsKey(2, '2.6.0', 'Tells in how many milliseconds a key expires.'),
  randomkey: looks(1, '1.0.0', 'Tells some key.'),
  scan: looks(-2, '2.8.0', 'Lists the keys page by page.'),
  touch: readsKeys(-2, '3.2.1', 'Tells how many of these keys there are.'),
  ttl: readsKey(2, '1.0.0', 'Tells in how many seconds a key expires.'),
  type: readsKey(2, '1.0.0', 'Tells of which type the value of a key is: string.'),
  unlink: writesKeys(-2, '4.0.0', 'Deletes keys.'),
  wait: looks(3, '3.0.0', 'Waits until the shadows have what this connection wrote.'),

  auth: speaks(-2, '1.0.0', 'Says who one is, by a token.'),
  client: speaks(-2, '2.4.0', 'Tells of connections, names and closes them.'),
  echo: speaks(2, '1.0.0', 'Answers what it was given.'),
  hello: speaks(-1, '6.0.0', 'Chooses the version of the protocol, and says who one is.'),
  ping: speaks(-1, '1.0.0', 'Answers PONG, or what it was given.'),
  quit: speaks(-1, '1.0.0', 'Closes the connection.'),
  reset: speaks(1, '6.2.0', 'Forgets what the connection chose.'),
  select: speaks(2, '1.0.0', 'Chooses a database; there is one, 0.'),

  command: tells(-1, '2.8.13', 'Tells of the commands.'),
  dbsize: terms('server', 'reads', [0, 0, 0])(1, '1.0.0', 'Counts the keys, by a scan.'),
  info: tells(-1, '1.0.0', 'Tells of the server.'),
  time: tells(1, '2.6.0', 'Tells the time.'),

  'hs.answer': own(-1, '0.2.0', 'Tells or chooses when writes are answered: JOURNALED or SYNCED.'),
  'hs.method': terms('hybrid-sync', 'reads', [0, 0, 0])(1, '0.2.0', 'Tells how far the last write got.'),
} as const satisfies Record<string, CommandTerms>;

/** The name of a command that is served. */
export type ServedCommand = keyof typeof SERVED_COMMANDS;

/** Whether a command of this name, in small letters, is served. */
export function isServed(name: string): name is ServedCommand {
  return Object.hasOwn(SERVED_COMMANDS, name);
}

/** Where the keys of a command stand among its arguments; `count`: how many those are, its name included. */
export function keyPlaces(
  { keys: [first, last, step] }: Pick<CommandTerms, 'keys'>,
  count: number,
): number[] {
  if (first === 0) return [];
  const end = last < 0 ? count + last : last;
  const places: number[] = [];
  for (let place = first; place <= end; place += step) places.push(place);
  return places;
}

/** Whether a command may have this many arguments, its name included. */
export function fitsArity(arity: number, count: number): boolean {
  return arity < 0 ? count >= -arity : count === arity;
}
