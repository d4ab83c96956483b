import { readFileSync } from 'node:fs';
import type { RedisConnection } from './redis-connection.js';

/** The folder of the Lua files, beside both `src` and `dist`. */
const LUA = new URL('../../lua/', import.meta.url);
const read = (name: string) => readFileSync(new URL(`${name}.lua`, LUA), 'utf8');
const WATCHED = read('watched');
const VERSION = read('version');
const mutating = (name: string) => ({ lua: `${WATCHED}\n${VERSION}\n${read(name)}`, numberOfKeys: 4 });

/** The Lua scripts as ioredis wants them; each file's head says what its KEYS, ARGV and reply are. */
export const SCRIPTS = {
  hsSet: mutating('set'),
  hsDelete: mutating('delete'),
  hsResync: mutating('resync'),
  hsProbeWrite: { lua: `${WATCHED}\n${VERSION}\n${read('probe-write')}`, numberOfKeys: 3 },
  hsRead: { lua: read('read') },
  hsWatch: { lua: read('watch'), numberOfKeys: 2 },
  hsRestore: { lua: `${WATCHED}\n${read('restore')}` },
  hsRaiseClock: { lua: read('raise-clock'), numberOfKeys: 1 },
  hsJournalDepth: { lua: read('journal-depth'), numberOfKeys: 1 },
  hsLease: { lua: read('lease'), numberOfKeys: 1 },
  hsChangeSettings: { lua: read('change-settings'), numberOfKeys: 2 },
  hsAnnounce: { lua: read('announce'), numberOfKeys: 1 },
  hsCheckLayout: { lua: read('check-layout'), numberOfKeys: 1 },
};

/** The slot's keys that a mutating script touches. */
type SlotKeys = [pair: string, clock: string, journal: string, changed: string];
/** A script's reply when nothing changed: a full journal, or a condition that does not hold (or `unwatched`). */
type Unchanged = [] | [presentVersion: string];

/** What became of a shadow that was to be restored; see restore.lua. */
export type RestoreOutcome = 'restored' | 'removed' | 'newer' | 'absent';

/** A Redis connection that has {@link SCRIPTS} as commands. */
export interface ScriptedRedis extends RedisConnection {
  hsSet(
    ...args: [
      ...SlotKeys,
      key: string,
      value: string,
      ttlSec: string,
      bound: number,
      sessionId: string,
      interactionId: string,
      condition: string,
      expireAt: string,
    ]
  ): Promise<Unchanged | [version: string, expireAt: string]>;
  hsDelete(
    ...args: [
      ...SlotKeys,
      key: string,
      bound: number,
      sessionId: string,
      interactionId: string,
      condition: string,
    ]
  ): Promise<Unchanged | [version: string, deleted: string]>;
  hsResync(
    ...args: [
      ...SlotKeys,
      key: string,
      bound: number,
      sessionId: string,
      interactionId: string,
      condition: string,
    ]
  ): Promise<Unchanged | [version: string, value: string, expireAt: string]>;
  hsProbeWrite(probe: string, clock: string, journal: string, bound: number): Promise<'OK' | 'JOURNAL_FULL'>;
  hsRead(
    keys: number,
    clock: string,
    ...pairs: string[]
  ): Promise<[now: number, horizon: string, ...(string | number | null)[]]>;
  hsWatch(clock: string, changed: string, standMs: number, keepMicros: number): Promise<[string, string]>;
  hsRestore(keys: number, ...keysAndArguments: (string | number)[]): Promise<RestoreOutcome[]>;
  hsRaiseClock(clock: string, version: number): Promise<string>;
  hsJournalDepth(journal: string): Promise<[entries: number, oldest: string]>;
  hsLease(lease: string, token: string, standMs: number): Promise<0 | 1>;
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
    id: string,
    word: string,
    forgetAfterMs: number,
    mostPods: number,
  ): Promise<(string | number)[]>;
  hsCheckLayout(
    meta: string,
    layout: number,
    slots: number,
    deployment: string,
  ): Promise<[layout: string, slots: string, deployment: string | null]>;
}
