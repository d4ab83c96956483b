import assert from 'node:assert/strict';
import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import type { Precondition } from '../cache/precondition.js';
import { InvalidInputError, PreconditionFailedError } from '../errors.js';
import { Metrics } from '../metrics/metrics.js';
import type { Mutation } from '../mutation.js';
import { drainSlot } from '../projection/drain-slot.js';
import { makeDerived } from './derived-steps.js';
import { PromiseChecks } from './promise-checks.js';
import { type Asks, KEYS, SLOTS, type Step } from './steps.js';
import { Crash, crashingAfter, type World } from './world.js';

/** Small, so that a drain takes several batches. */
const BATCH = 3;
/** How long a world may take until nothing waits in it any more, in milliseconds. */
const SETTLES_WITHIN_MS = 10_000;

/**
 * Plays steps on a world, which is cleared first, and checks the promises after every step and at the end.
 * @throws AssertionError for a promise that does not hold
 */
export async function playSteps(world: World, steps: readonly Step[]): Promise<void> {
  await world.clear();
  const played = new Play(world);
  const promises = new PromiseChecks(world);
  for (const step of steps) {
    await played.play(step);
    await promises.kept(played.mutations);
  }
  await played.settle();
  await promises.converged(played.mutations, played.lost);
}

class Play {
  readonly #world: World;
  /** What Redis acknowledged and did not lose. */
  mutations: Mutation[] = [];
  /** Everything that was given a version: what was lost may still be delivered late. */
  readonly #given: Mutation[] = [];
  /** How many of the mutations a fail-over leaves. */
  #replicated = 0;
  /** Keys that may differ: nothing was written to them since a fail-over. */
  readonly lost = new Set<string>();

  constructor(world: World) {
    this.#world = world;
  }

  async play(step: Step): Promise<void> {
    const { cache, shadows, outbox, journal } = this.#world;
    switch (step.do) {
      case 'set':
        await this.#write(step, (precondition) => cache.set({ ...step, precondition }));
        break;
      case 'delete':
        await this.#write(
          step,
          async (precondition) => (await cache.delete(step.key, { precondition })).mutation,
        );
        break;
      case 'resync':
        await this.#again(step.key, () => cache.resync(step.key));
        break;
      case 'expire':
        await this.#again(step.key, () => cache.expire(step));
        break;
      case 'increment':
        await this.#increment(step);
        break;
      case 'derived':
        for (const mutation of await makeDerived(this.#world, step.write, KEYS)) this.#note(mutation);
        break;
      case 'together':
        await this.#together(step.writes);
        break;
      case 'drain':
        await this.#drain(step.slot, step.diesAfter);
        break;
      case 'clock': {
        const ahead = ((await journal.now(0)) + 86_400_000) * 1000;
        await this.#world.setClock(step.slot, { ahead, behind: 5, lost: undefined }[step.is]);
        break;
      }
      case 'replicate':
        await this.#world.replicate();
        this.#replicated = this.mutations.length;
        break;
      case 'failOver':
        await this.#world.failOver();
        this.mutations = this.mutations.slice(0, this.#replicated);
        for (const each of KEYS) this.lost.add(each);
        break;
      default: {
        const chosen = [...new Set(step.picks.flatMap((pick) => this.#given.at(-1 - pick) ?? []))];
        if (chosen.length === 0) break;
        if (step.do === 'outbox') await outbox.add(chosen);
        else if (step.do === 'fast') await shadows.apply(chosen, 'ASYNC_THREAD');
        else await Promise.all(chosen.map((mutation) => shadows.apply([mutation], 'ASYNC_THREAD')));
        if (step.acknowledged) await journal.remove(chosen);
      }
    }
  }

  /** A pair that keeps its value is refused only where the cache has none: an absence is no delete. */
  async #again(key: string, write: () => Promise<Mutation>): Promise<void> {
    const [before] = (await this.#world.cache.look([key])).pairs;
    try {
      const mutation = await write();
      assert.deepEqual([mutation.op, mutation.value], ['set', before?.value]);
      this.#note(mutation);
    } catch (error) {
      if (!(error instanceof PreconditionFailedError)) throw error;
      assert.deepEqual((await this.#world.cache.look([key])).pairs, [undefined]);
    }
  }

  /** What is no number, or would be none that is exact, is refused, and then nothing changes. */
  async #increment(step: { key: string; by: number; asks?: Asks }): Promise<void> {
    const { cache } = this.#world;
    const [held] = (await cache.look([step.key])).pairs;
    const number = Number(held?.value ?? 0);
    const adds = String(number) === (held?.value ?? '0') && Number.isSafeInteger(number + step.by);
    if (adds && Number.isSafeInteger(number)) {
      return this.#write(step, async (precondition) => {
        const { mutation, sum } = await cache.increment({ ...step, precondition });
        assert.equal(sum, BigInt(number + step.by));
        const { op, value, expireAt } = mutation;
        assert.deepEqual([op, value, expireAt], ['set', String(number + step.by), held?.expireAt]);
        return mutation;
      });
    }
    const before = await this.#cacheAndJournal();
    await assert.rejects(cache.increment(step), InvalidInputError);
    assert.deepEqual(await this.#cacheAndJournal(), before);
  }

  /** A write that is refused, if what it asks does not hold of the key's newest mutation, and then changes nothing. */
  async #write(
    { key, asks }: { key: string; asks?: Asks },
    write: (precondition: Precondition | undefined) => Promise<Mutation>,
  ): Promise<void> {
    if (asks === undefined) {
      this.#note(await write(undefined));
      return;
    }
    const ofKey = this.mutations.filter((mutation) => mutation.key === key);
    const last = ofKey.at(-1);
    const present = last?.op === 'set' ? last.version : undefined;
    const versions = {
      any: 'any' as const,
      current: present ? [present] : [],
      stale: [ofKey.at(-2)?.version ?? 1],
    };
    const matches = present !== undefined && asks.version !== 'stale';
    const attempt = () => write({ is: asks.is, versions: versions[asks.version] });
    if (matches === (asks.is === 'match')) {
      this.#note(await attempt());
      return;
    }
    const before = await this.#cacheAndJournal();
    await assert.rejects(attempt(), PreconditionFailedError, `a ${asks.is} of ${asks.version} for ${key}`);
    assert.deepEqual(await this.#cacheAndJournal(), before);
  }

  /** Those of a key are made in the order in which they were asked for, or one stands for those before it. */
  async #together(writes: readonly { key: string; value: string | undefined }[]): Promise<void> {
    const inputs = writes.map(({ key, value }) =>
      value === undefined ? { op: 'del' as const, key } : { op: 'set' as const, key, value },
    );
    const made = (await this.#world.cache.writeMany(inputs)).map((written) => {
      if (written instanceof Error) throw written;
      return written.mutation;
    });
    for (const key of KEYS) {
      const versions = made.filter((mutation) => mutation.key === key).map(({ version }) => version);
      const rising = [...new Set(versions)].sort((a, b) => a - b);
      assert.deepEqual(versions, rising, `versions of ${key}: ${versions}`);
    }
    for (const { key, version, standing } of made) {
      if (standing === undefined) continue;
      assert.ok(made.some((newer) => newer.key === key && newer.version === standing.version));
      assert.ok(standing.version > version);
    }
    for (const mutation of made) if (mutation.standing === undefined) this.#note(mutation);
  }

  #note(mutation: Mutation): void {
    this.mutations.push(mutation);
    this.#given.push(mutation);
    this.lost.delete(mutation.key);
  }

  async #cacheAndJournal() {
    const { cache, journal } = this.#world;
    return { pairs: (await cache.look(KEYS)).pairs, journaled: await journal.totalLength() };
  }

  /** A world without faults, for long enough. */
  async settle(): Promise<void> {
    const { outbox, journal } = this.#world;
    const latest = performance.now() + SETTLES_WITHIN_MS;
    for (;;) {
      for (let slot = 0; slot < SLOTS; slot++) await this.#drain(slot, Number.POSITIVE_INFINITY);
      const waiting = (await outbox.countUnprocessed(1000)) + (await journal.totalLength());
      if (waiting === 0) return;
      assert.ok(performance.now() < latest, `${waiting} mutations wait after ${SETTLES_WITHIN_MS} ms`);
      await pause(2);
    }
  }

  async #drain(slot: number, diesAfter: number): Promise<void> {
    const { journal, outbox, shadows, marker } = this.#world;
    const mortal = crashingAfter(diesAfter, { journal, outbox, shadows, marker });
    const stores = { ...mortal, metrics: new Metrics('projector'), log: pino({ level: 'silent' }) };
    try {
      await drainSlot(slot, stores, { batch: BATCH, recoverAfterMs: -1000 }, new AbortController().signal);
    } catch (error) {
      if (!(error instanceof Crash)) throw error;
    }
  }
}
