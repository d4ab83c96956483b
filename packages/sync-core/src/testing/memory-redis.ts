import type { MaybeMutated } from '../cache/cache.js';
import { keptWith } from '../cache/kept-value.js';
import { slotOf } from '../cache/keys.js';
import { type Precondition, preconditionHolds } from '../cache/precondition.js';
import { ttlSecOf } from '../cache/set-mutation.js';
import type { ExpireInput, Expiry, PlainInput, WriteOptions } from '../cache/write-inputs.js';
import { NumberRefusedError, PreconditionFailedError } from '../errors.js';
import { type Mutation, mutationId } from '../mutation.js';
import type { InHand } from '../projection/drain-marker.js';
import type { World } from './world.js';

/** What a {@link World} has on the side of Redis. */
export type RedisSide = Pick<
  World,
  'cache' | 'journal' | 'marker' | 'setClock' | 'replicate' | 'failOver' | 'clear'
>;

/** Redis in memory, with the behaviour that the contract tests ask of the real one. */
export function memoryRedis(slots: number): RedisSide {
  const pairs = new Map<string, { value: string; version: number; expireAt: number | undefined }>();
  const clocks = new Map<number, number>();
  const journals = new Map<number, Map<number, Mutation>>();
  const marks = new Map<number, InHand>();
  /** The highest version given in a slot, which the pod remembers, whatever becomes of Redis. */
  const floors = new Map<number, number>();
  const appended = new Map<string, number>();
  let kept: string | undefined;

  const record = (key: string, rest: Omit<Mutation, 'key' | 'slot' | 'version'>): Mutation => {
    const slot = slotOf(key, slots);
    const version = Math.max((clocks.get(slot) ?? 0) + 1, (floors.get(slot) ?? 0) + 1, Date.now() * 1000);
    clocks.set(slot, version);
    floors.set(slot, version);
    appended.set(`${slot}-${version}`, Date.now());
    const mutation = { key, slot, version, ...rest };
    const journal = journals.get(slot) ?? new Map<number, Mutation>();
    journals.set(slot, journal.set(version, mutation));
    return mutation;
  };
  const requireThat = (precondition: Precondition | undefined, key: string) => {
    const version = pairs.get(key)?.version;
    if (precondition !== undefined && !preconditionHolds(precondition, version))
      throw new PreconditionFailedError(version);
  };
  const setPair = (key: string, value: string, expireAt: number | undefined, ttlSec?: number): Mutation => {
    const mutation = record(key, { op: 'set', value, expireAt, ttlSec });
    pairs.set(key, { value, version: mutation.version, expireAt });
    return mutation;
  };
  const unchanged = (old?: string): MaybeMutated => ({ mutation: undefined, old });
  const expire = (input: ExpireInput): Mutation => {
    const { value } = pairs.get(input.key) ?? { value: '' };
    const expireAt = expiryAsked(input);
    if (expireAt === undefined || expireAt > Date.now()) {
      return setPair(input.key, value, expireAt, ttlSecOf(input));
    }
    return removePair(input.key).mutation;
  };
  const add = (key: string, sumOf: (value: string) => string) => {
    const { value, expireAt } = pairs.get(key) ?? { value: '0', expireAt: undefined };
    return setPair(key, sumOf(value), expireAt);
  };
  const removePair = (key: string) => {
    const mutation = record(key, { op: 'del' });
    return { mutation, existed: pairs.delete(key) };
  };

  return {
    cache: {
      slots,
      async set(input) {
        const { key, value, keepExpiry, precondition } = input;
        requireThat(precondition, key);
        if (keepExpiry) return setPair(key, value, pairs.get(key)?.expireAt);
        return setPair(key, value, expiryAsked(input), ttlSecOf(input));
      },
      async setIf(input) {
        const held = pairs.get(input.key);
        const old = input.returnOld ? held?.value : undefined;
        if (input.onlyIf && (input.onlyIf === 'present') !== (held !== undefined)) return unchanged(old);
        return { mutation: await this.set(input), old };
      },
      async setAllIfAbsent({ pairs: asked }) {
        if (asked.some(({ key }) => pairs.has(key))) return { mutations: [] };
        return { mutations: asked.map(({ key, value }) => setPair(key, value, undefined)) };
      },
      async getAndDelete({ key, precondition }) {
        const old = pairs.get(key)?.value;
        if (old === undefined) return unchanged();
        requireThat(precondition, key);
        return { mutation: removePair(key).mutation, old };
      },
      async delete(key, { precondition }: WriteOptions = {}) {
        requireThat(precondition, key);
        return removePair(key);
      },
      async writeMany(inputs) {
        const write = async (input: PlainInput) =>
          input.op === 'set'
            ? { mutation: await this.set(input), existed: undefined }
            : this.delete(input.key, input);
        return Promise.all(inputs.map((input) => write(input).catch((error: Error) => error)));
      },
      async resync(key) {
        const pair = pairs.get(key);
        if (pair === undefined) throw new PreconditionFailedError(undefined);
        return setPair(key, pair.value, pair.expireAt);
      },
      async expire(input) {
        requireThat(input.precondition, input.key);
        if (!pairs.has(input.key)) throw new PreconditionFailedError(undefined);
        return expire(input);
      },
      async expireIf(input) {
        const { key, onlyIf = [] } = input;
        const pair = pairs.get(key);
        if (pair === undefined) return unchanged();
        const [held, asked] = [pair.expireAt ?? Infinity, expiryAsked(input) ?? Infinity];
        const holds = {
          none: pair.expireAt === undefined,
          some: pair.expireAt !== undefined,
          later: asked > held,
          earlier: asked < held,
        };
        if (onlyIf.some((rule) => !holds[rule])) return unchanged(pair.value);
        return { mutation: expire(input), old: pair.value };
      },
      async append({ key, bytes, precondition }) {
        requireThat(precondition, key);
        const { value, expireAt } = pairs.get(key) ?? { value: '', expireAt: undefined };
        return setPair(key, keptWith(value, bytes), expireAt);
      },
      async increment({ key, by, range = 'safe', precondition }) {
        requireThat(precondition, key);
        const bits = range === 'safe' ? 54 : 64;
        const fits = (number: bigint) => BigInt.asIntN(bits, number) === number && number !== -(2n ** 53n);
        const mutation = add(key, (value) => {
          const number = /^(0|-?[1-9]\d*)$/.test(value) ? BigInt(value) : undefined;
          if (number === undefined || !fits(number)) throw new NumberRefusedError(range, 'value');
          if (!fits(number + BigInt(by))) throw new NumberRefusedError(range, 'sum');
          return String(number + BigInt(by));
        });
        return { mutation, sum: BigInt(mutation.value ?? '') };
      },
      async incrementFloat({ key, by, precondition }) {
        requireThat(precondition, key);
        const mutation = add(key, (value) => {
          const number = value === '' ? Number.NaN : Number(value);
          if (Number.isNaN(number)) throw new NumberRefusedError('float', 'value');
          return String(number + Number(by));
        });
        return { mutation, sum: mutation.value ?? '' };
      },
      async look(keys) {
        const found = keys.map((key) => {
          const pair = pairs.get(key);
          if (pair === undefined) return undefined;
          const { expireAt, ...rest } = pair;
          return { key, ...rest, ...(expireAt === undefined ? {} : { expireAt }) };
        });
        const now = Date.now();
        const horizon = (slot: number) => Math.max(now * 1000 + 999, clocks.get(slot) ?? 0);
        const horizons = new Map(Array.from({ length: slots }, (_, slot) => [slot, horizon(slot)]));
        return { pairs: found, times: keys.map(() => now), horizons };
      },
      scan: async () => ({ keys: [...pairs.keys()], cursor: '0' }),
    },
    journal: {
      async overdue(slot, before, limit, { after = 0 } = {}) {
        const entries = [...(journals.get(slot)?.values() ?? [])].filter(({ version }) => version > after);
        return entries.filter((entry) => (appended.get(mutationId(entry)) ?? 0) < before).slice(0, limit);
      },
      async remove(mutations) {
        for (const { slot, version } of mutations) journals.get(slot)?.delete(version);
      },
      now: async () => Date.now(),
      async oldest() {
        const slots = [...journals].filter(([, journal]) => journal.size > 0);
        return new Map(slots.map(([slot, journal]) => [slot, Math.min(...journal.keys())]));
      },
      totalLength: async () => [...journals.values()].reduce((sum, journal) => sum + journal.size, 0),
    },
    marker: {
      put: async (slot, inHand) => void marks.set(slot, inHand),
      find: async (slot) => marks.get(slot),
      remove: async (slot) => void marks.delete(slot),
    },
    async setClock(slot, version) {
      if (version === undefined) clocks.delete(slot);
      else clocks.set(slot, version);
    },
    async replicate() {
      kept = JSON.stringify([
        [...pairs],
        [...clocks],
        [...journals].map(([slot, journal]) => [slot, [...journal]]),
        [...marks],
      ]);
    },
    async failOver() {
      for (const map of [pairs, clocks, journals, marks]) map.clear();
      const [keptPairs, keptClocks, keptJournals, keptMarks] = JSON.parse(kept ?? '[[],[],[],[]]');
      for (const [key, pair] of keptPairs) pairs.set(key, pair);
      for (const [slot, clock] of keptClocks) clocks.set(slot, clock);
      for (const [slot, journal] of keptJournals) journals.set(slot, new Map(journal));
      for (const [slot, mark] of keptMarks) marks.set(slot, mark);
    },
    async clear() {
      for (const map of [pairs, clocks, journals, marks, floors]) map.clear();
      kept = undefined;
    },
  };
}

function expiryAsked(input: Expiry): number | undefined {
  const ttlSec = ttlSecOf(input);
  return ttlSec === undefined ? input.expireAt : Date.now() + ttlSec * 1000;
}
