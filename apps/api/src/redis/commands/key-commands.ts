import { Status } from '@hybrid-sync/redis-protocol';
import type { Cache, ExpiryRule } from '@hybrid-sync/sync-core';
import { type CommandHandler, millisecondsIn, shown, wordIn } from '../command.js';
import { CommandError } from '../command-failure.js';
import { expiresIn } from './set-options.js';
import type { Values } from './values.js';
import type { Writes } from './writes.js';

const RULE_OF: Readonly<Record<string, ExpiryRule>> = { NX: 'none', XX: 'some', GT: 'later', LT: 'earlier' };

/** The commands that are about keys: whether they are there, and until when. */
export function keyCommandHandlers(cache: Pick<Cache, 'look' | 'without'>, values: Values, writes: Writes) {
  const deleted: CommandHandler = (call) => {
    const [one = '', ...others] = new Set(call.keys);
    if (others.length === 0) {
      return writes.makePlain(call, { op: 'del', key: one }, ({ existed }) => (existed ? 1 : 0));
    }
    const inputs = [one, ...others].map((key) => ({ op: 'del' as const, key }));
    return writes.makeMany(call, inputs).then((answers) => answers.filter(({ existed }) => existed).length);
  };

  /** Values are not read for it: they may be large, and the same key may come many times. */
  const present: CommandHandler = async ({ keys }) => keys.length - (await cache.without(keys)).length;

  const expiring =
    (unit: 'seconds' | 'milliseconds', relative: boolean, command: string): CommandHandler =>
    async (call) => {
      const {
        args,
        keys: [key = ''],
      } = call;
      const onlyIf = rulesIn(args.slice(2));
      const ms = millisecondsIn(args[1], { unit, relative }, command);
      const expiry = relative ? expiresIn(ms) : { expireAt: ms };
      const { answer } = await writes.make(call, (sync, terms) =>
        sync.expireIf({ key, ...expiry, onlyIf }, terms),
      );
      return answer === undefined ? 0 : 1;
    };

  /** What is told of when a key expires: -2 for no key, -1 for never. */
  const expiry =
    (told: (expireAt: number, now: number) => number): CommandHandler =>
    async ({ keys }) => {
      const {
        pairs: [pair],
        times: [now = 0],
      } = await cache.look(keys);
      if (pair === undefined) return -2;
      return pair.expireAt === undefined ? -1 : Math.max(0, told(pair.expireAt, now));
    };

  return {
    del: deleted,
    unlink: deleted,
    exists: present,
    touch: present,
    type: async ({ keys: [key = ''] }) =>
      new Status((await values.load(key)) === undefined ? 'none' : 'string'),

    expire: expiring('seconds', true, 'expire'),
    pexpire: expiring('milliseconds', true, 'pexpire'),
    expireat: expiring('seconds', false, 'expireat'),
    pexpireat: expiring('milliseconds', false, 'pexpireat'),

    persist: async (call) => {
      const input = { key: call.keys[0] ?? '', onlyIf: ['some' as const] };
      const { answer } = await writes.make(call, (sync, terms) => sync.expireIf(input, terms));
      return answer === undefined ? 0 : 1;
    },

    ttl: expiry((expireAt, now) => Math.floor((expireAt - now + 500) / 1000)),
    pttl: expiry((expireAt, now) => expireAt - now),
    expiretime: expiry((expireAt) => Math.floor((expireAt + 500) / 1000)),
    pexpiretime: expiry((expireAt) => expireAt),
  } satisfies Record<string, CommandHandler>;
}

/** @throws CommandError for options that Redis does not take together */
function rulesIn(args: readonly Buffer[]): ExpiryRule[] {
  const unknown = args.find((argument) => RULE_OF[wordIn(argument)] === undefined);
  if (unknown !== undefined) throw new CommandError(`ERR Unsupported option ${shown(unknown)}`);
  const words = new Set(args.map(wordIn));
  if (words.has('NX') && words.size > 1) {
    throw new CommandError('ERR NX and XX, GT or LT options at the same time are not compatible');
  }
  if (words.has('GT') && words.has('LT')) {
    throw new CommandError('ERR GT and LT options at the same time are not compatible');
  }
  return [...words].flatMap((word) => RULE_OF[word] ?? []);
}
