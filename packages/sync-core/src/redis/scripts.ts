import { readFileSync } from 'node:fs';
import type { RedisConnection } from './redis-connection.js';

/** The folder of the Lua files, beside both `src` and `dist`. */
const LUA = new URL('../../lua/', import.meta.url);
const read = (name: string) => readFileSync(new URL(`${name}.lua`, LUA), 'utf8');
const PAIR = read('pair');
const WATCHED = read('watched');
const SLOT = read('slot');
const CONDITION = read('condition');
const STANDING = read('standing');
/**
 * Lets a script run also when Redis is out of memory: for what makes room, or is needed by what makes room. Redis then
 * takes the script whole, as it takes none of the others.
 */
const ALSO_OUT_OF_MEMORY = '#!lua flags=allow-oom\n';
const COMMIT = [
  ...[PAIR, WATCHED, SLOT, CONDITION],
  ...['kinds', 'kept-value', 'derived', 'commit'].map(read),
].join('\n');
/** A script that writes little and is needed to get out of an outage. */
const needed = (name: string, numberOfKeys: number, before = '') => ({
  lua: `${ALSO_OUT_OF_MEMORY}${before}${read(name)}`,
  numberOfKeys,
});

/** The Lua scripts as ioredis wants them; each file's head says what its KEYS, ARGV and reply are. */
export const SCRIPTS = {
  hsCommit: { lua: COMMIT },
  hsCommitMakingRoom: { lua: `${ALSO_OUT_OF_MEMORY}${COMMIT}` },
  hsProbeWrite: { lua: `${PAIR}\n${SLOT}\n${read('probe-write')}`, numberOfKeys: 5 },
  hsRead: { lua: `${PAIR}\n${read('read')}` },
  hsValues: { lua: `${PAIR}\n${read('values')}` },
  hsHeads: { lua: `${PAIR}\n${read('heads')}` },
  hsWatch: needed('watch', 3, PAIR),
  hsRestore: { lua: `${PAIR}\n${WATCHED}\n${read('restore')}` },
  hsRaiseClock: needed('raise-clock', 2, PAIR),
  hsJournalDepth: { lua: `${PAIR}\n${read('journal-depth')}`, numberOfKeys: 2 },
  hsOverdue: { lua: read('overdue'), numberOfKeys: 1 },
  hsJournaled: { lua: read('journaled'), numberOfKeys: 1 },
  hsMark: needed('mark', 1),
  hsTakeLease: { lua: `${STANDING}\n${read('take-lease')}`, numberOfKeys: 1 },
  hsLease: { lua: read('lease'), numberOfKeys: 1 },
  hsCountRequest: { lua: `${STANDING}\n${read('count-request')}`, numberOfKeys: 1 },
  hsChangeSettings: needed('change-settings', 2),
  hsAnnounce: needed('announce', 4, STANDING),
  hsCheckLayout: { lua: read('check-layout'), numberOfKeys: 1 },
};

/** The script of the queues' connections, which run it seldom; see cut-locks.lua. */
export const CUT_LOCKS = `${STANDING}\n${read('cut-locks')}`;

/** The script that follows where a job was taken as it was added; see quiet-marker.lua. */
export const QUIET_MARKER = read('quiet-marker');

/** The slot's keys that a mutating script touches, as lua/slot.lua takes them. */
export type SlotKeys = [clock: string, journal: string, changed: string, size: string];
/**
 * What became of a mutation, see lua/commit.lua: its version and what its kind tells. When nothing changed: nothing for a full
 * journal, else why.
 */
export type CommitReply = readonly (string | null)[];

/** What became of a shadow that was to be restored; see restore.lua. */
export type RestoreOutcome = 'restored' | 'removed' | 'newer' | 'foreign' | 'absent';

/** A Redis connection that has {@link SCRIPTS} as commands. */
export interface ScriptedRedis extends RedisConnection {
  hsCommit(keys: number, ...keysAndArguments: (string | number | Buffer)[]): Promise<(CommitReply | Error)[]>;
  hsCommitMakingRoom(
    keys: number,
    ...keysAndArguments: (string | number | Buffer)[]
  ): Promise<(CommitReply | Error)[]>;
  hsProbeWrite(
    ...args: [...SlotKeys, probe: string, mostEntries: number, mostBytes: number]
  ): Promise<'OK' | 'JOURNAL_FULL'>;
  hsRead(
    keys: number,
    clock: string,
    journal: string,
    ...pairsAndMostBytes: (string | number)[]
  ): Promise<[now: number, horizon: string, ...(string | number | null)[]]>;
  hsValuesBuffer(
    keys: number,
    ...pairsAndMostBytes: (string | number)[]
  ): Promise<(Buffer | null | [kind: Buffer])[]>;
  hsHeads(keys: number, ...pairsAndPreviewBytes: (string | number)[]): Promise<(string | number | null)[]>;
  hsWatch(
    clock: string,
    changed: string,
    journal: string,
    standMs: number,
    keepMicros: number,
  ): Promise<[now: string, highest: string]>;
  hsRestore(keys: number, ...keysAndArguments: (string | number)[]): Promise<RestoreOutcome[]>;
  hsRaiseClock(clock: string, journal: string, version: number): Promise<string>;
  hsJournalDepth(
    journal: string,
    clock: string,
    measure: '0' | '1',
  ): Promise<[now: number, entries: number, oldest: string, at: string, leadMs: number, bytes: number]>;
  hsOverdue(
    journal: string,
    before: number,
    mostEntries: number,
    mostBytes: number,
    after: number,
  ): Promise<[id: string, fields: string[]][]>;
  hsJournaled(
    journal: string,
    key: string,
    mostEntries: number,
    mostBytes: number,
  ): Promise<[complete: 0 | 1, ...[id: string, valueBytes: number, fields: string[]][]]>;
  hsMark(draining: string, mark: string): Promise<'OK'>;
  hsTakeLease(lease: string, token: string, standMs: number): Promise<'HELD' | 'TAKEN' | 'FREE'>;
  hsLease(lease: string, token: string, standMs: number): Promise<0 | 1>;
  hsCountRequest(count: string, windowMs: number, requests: number): Promise<[count: number, leftMs: number]>;
  hsChangeSettings(
    settings: string,
    history: string,
    ifRevision: number | '',
    maxHistory: number,
    channel: string,
    by: string,
    reason: string,
    forgetOthers: '0' | '1',
    ...pairs: string[]
  ): Promise<[done: 0 | 1, revision: number]>;
  hsAnnounce(
    roster: string,
    pods: string,
    lookout: string,
    seen: string,
    id: string,
    word: string,
    forgetAfterMs: number,
    leaseMs: number,
    mostPods: number,
    wantsPods: '0' | '1',
  ): Promise<[now: string, lookout: 0 | 1, seen: string, pods: string[]]>;
  hsCheckLayout(
    meta: string,
    layout: number,
    slots: number,
    deployment: string,
  ): Promise<[layout: string, slots: string, deployment: string | null]>;
}
