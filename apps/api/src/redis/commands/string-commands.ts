import { OK, type Reply } from '@hybrid-sync/redis-protocol';
import {
  type Expiry,
  type KeptValue,
  NumberRefusedError,
  type Pod,
  type SetIfInput,
} from '@hybrid-sync/sync-core';
import { type CommandCall, type CommandHandler, integerIn, LATER, notAnInteger } from '../command.js';
import { CommandError } from '../command-failure.js';
import { keptValue, unmarked } from '../kept-bytes.js';
import { expiryIn, getExOptions, setOptions } from './set-options.js';
import type { Values } from './values.js';
import type { Writes } from './writes.js';

/** Characters from which a value is large. */
const LARGE = 4096;

const wrongNumber = (command: string) =>
  new CommandError(`ERR wrong number of arguments for '${command}' command`);

/** The commands that are about values. */
export function stringHandlers(pod: Pod, values: Values, writes: Writes) {
  const kept = (bytes: Buffer | undefined) => keptValue(bytes ?? Buffer.alloc(0), pod.settings);
  const told = (asKept: KeptValue | undefined) => {
    const value = asKept === undefined ? null : unmarked(asKept);
    // What waits to be taken waits outside of the heap, which is for work.
    return typeof value === 'string' && value.length >= LARGE ? Buffer.from(value) : value;
  };

  /** Of a key that comes twice the last value counts. */
  const pairsIn = (keys: readonly string[], args: readonly Buffer[]) => {
    const last = new Map(keys.map((key, index) => [key, kept(args[2 * index + 1])]));
    return Array.from(last, ([key, value]) => ({ op: 'set' as const, key, value }));
  };

  const setPlain = (call: CommandCall, value: Buffer | undefined, expiry: Expiry) =>
    writes.makePlain(call, { op: 'set', key: call.keys[0] ?? '', value: kept(value), ...expiry }, () => OK);

  const set = (call: CommandCall, input: SetIfInput) =>
    writes.make(call, (sync, terms) => sync.setIf(input, terms));

  const add = async (call: CommandCall, by: bigint) => {
    const [key = ''] = call.keys;
    const { sum } = await writes
      .make(call, (sync, terms) => sync.increment({ key, by, range: 'int64' }, terms))
      .catch((error: unknown) => {
        if (!(error instanceof NumberRefusedError)) throw error;
        throw error.fault === 'value'
          ? notAnInteger()
          : new CommandError('ERR increment or decrement would overflow');
      });
    return sum;
  };

  const setWithExpiry =
    (option: 'EX' | 'PX', command: string): CommandHandler =>
    (call) => {
      const { args } = call;
      const expiry = expiryIn({ option, argument: args[1] ?? Buffer.alloc(0) }, command);
      return setPlain(call, args[2], expiry);
    };

  const range: CommandHandler = async ({ args, keys: [key = ''] }) => {
    const [start, end] = [integerIn(args[1]), integerIn(args[2])];
    const value = Buffer.from(told(await values.load(key)) ?? '');
    return partOf(value, start, end);
  };

  return {
    get: (call) => {
      values.tell(call, told);
      return LATER;
    },

    mget: (call) => values.tellTogether(call.keys, told, () => call.next()),

    strlen: async ({ keys: [key = ''] }) => Buffer.byteLength(told(await values.load(key)) ?? ''),

    getrange: range,
    substr: range,

    set: (call) => {
      const {
        args,
        keys: [key = ''],
      } = call;
      const options = args.length === 2 ? {} : setOptions(args.slice(2));
      const { onlyIf, keepExpiry, returnOld } = options;
      if (!onlyIf && !keepExpiry && !returnOld) return setPlain(call, args[1], options);
      return set(call, { key, value: kept(args[1]), ...options }).then(({ answer, old }) => {
        if (returnOld) return told(old);
        return answer === undefined ? null : OK;
      });
    },

    setex: setWithExpiry('EX', 'setex'),
    psetex: setWithExpiry('PX', 'psetex'),

    setnx: async (call) => {
      const { answer } = await set(call, {
        key: call.keys[0] ?? '',
        value: kept(call.args[1]),
        onlyIf: 'absent',
      });
      return answer === undefined ? 0 : 1;
    },

    getset: async (call) => {
      const input = { key: call.keys[0] ?? '', value: kept(call.args[1]), returnOld: true };
      const { old } = await set(call, input);
      return told(old);
    },

    mset: async (call) => {
      const { args, keys } = call;
      if (args.length % 2 === 1) throw wrongNumber('mset');
      await writes.makeMany(call, pairsIn(keys, args));
      return OK;
    },

    msetnx: async (call) => {
      const { args, keys } = call;
      if (args.length % 2 === 1) throw wrongNumber('msetnx');
      const pairs = pairsIn(keys, args);
      const answers = await writes.make(call, (sync, terms) => sync.setAllIfAbsent({ pairs }, terms));
      return answers.length === 0 ? 0 : 1;
    },

    getdel: async (call) => {
      const [key = ''] = call.keys;
      const { old } = await writes.make(call, (sync, terms) => sync.getAndDelete({ key }, terms));
      return told(old);
    },

    getex: async (call) => {
      const [key = ''] = call.keys;
      const asked = getExOptions(call.args.slice(1));
      const value = await values.load(key);
      // Redis reads the number of what is there only.
      if (value === undefined || asked === undefined) return told(value);
      const change = asked === 'persist' ? { onlyIf: ['some' as const] } : expiryIn(asked, 'getex');
      const { old } = await writes.make(call, (sync, terms) => sync.expireIf({ key, ...change }, terms));
      return told(old);
    },

    append: async (call) => {
      const [key = ''] = call.keys;
      const bytes = call.args[1] ?? Buffer.alloc(0);
      const { value } = await writes.make(call, (sync, terms) => sync.append({ key, bytes }, terms));
      return Buffer.byteLength(unmarked(value));
    },

    incr: (call) => add(call, 1n),
    decr: (call) => add(call, -1n),
    incrby: (call) => add(call, integerIn(call.args[1])),

    decrby: (call) => {
      const by = integerIn(call.args[1]);
      if (by === -(2n ** 63n)) throw new CommandError('ERR decrement would overflow');
      return add(call, -by);
    },

    incrbyfloat: async (call) => {
      const [key = ''] = call.keys;
      const by = call.args[1]?.toString('latin1') ?? '';
      const { sum } = await writes
        .make(call, (sync, terms) => sync.incrementFloat({ key, by }, terms))
        .catch((error: unknown) => {
          if (!(error instanceof NumberRefusedError)) throw error;
          throw new CommandError(
            error.fault === 'value'
              ? 'ERR value is not a valid float'
              : 'ERR increment would produce NaN or Infinity',
          );
        });
      return sum;
    },
  } satisfies Record<string, CommandHandler>;
}

/** The bytes from one place to another, both included; negative places count from the end. */
function partOf(value: Buffer, start: bigint, end: bigint): Reply {
  const length = BigInt(value.length);
  const place = (at: bigint) =>
    Number(at < 0n ? (length + at < 0n ? 0n : length + at) : at > length ? length : at);
  if (start < 0n && end < 0n && start > end) return '';
  return value.subarray(place(start), place(end) + 1);
}
