import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppName, RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import { connectStores, loadSettings } from '@hybrid-sync/sync-core';
import { pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';

/** A folder with a build of the former release; "npm run upgrade-test" makes one. */
const FORMER = process.env.FORMER_BUILD;
const PATIENCE = { timeout: 60_000, interval: 100 };
const WRITERS = 4;
const PAUSE_MS = 10;
/** Writes that each phase sees at least: of one release alone, of both, of the other one alone. */
const WRITES_PER_PHASE = 300;

const owned: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const end of owned.splice(0).reverse()) await end();
});

/** An api and a projector of one release. */
interface Release {
  readonly api: RealApp;
  readonly projector: RealApp;
}

async function start(system: RealSystem, checkout: string | undefined): Promise<Release> {
  // The former release had no bundles.
  const script = (app: AppName) => checkout && join(checkout, 'apps', app, 'dist/main.js');
  const [api, projector] = await Promise.all([
    system.start('api', {}, { script: script('api') }),
    system.start('projector', {}, { script: script('projector') }),
  ]);
  return { api, projector };
}

/** Writes to every api in turn until it is told to stop. */
class Load {
  /** Apis that are written to. */
  urls: string[] = [];
  readonly acknowledged = new Map<string, string>();
  /** Answers that were no acknowledgement, and why. */
  readonly failures: string[] = [];
  written = 0;
  #stopped = false;
  #writers: Promise<void>[] = [];

  start(urls: string[]): void {
    this.urls = urls;
    this.#writers = Array.from({ length: WRITERS }, (_, writer) => this.#write(writer));
  }

  /** Resolves after so many more writes. */
  async passes(writes: number): Promise<void> {
    const until = this.written + writes;
    await expect.poll(() => this.written, PATIENCE).toBeGreaterThan(until);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  async #write(writer: number): Promise<void> {
    for (let number = 0; !this.#stopped; number++) {
      const key = `w${writer}-${number % 100}`;
      const value = `value ${number}`;
      const url = this.urls[number % this.urls.length];
      const answer = await fetch(`${url}/kv/${key}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ value }),
      }).catch((error: Error) => error);
      if (answer instanceof Error) this.failures.push(String(answer.cause ?? answer));
      else if (answer.ok) this.acknowledged.set(key, value);
      else this.failures.push(`${answer.status} ${await answer.clone().text()}`);
      if (!(answer instanceof Error)) await answer.arrayBuffer();
      this.written++;
      await sleep(PAUSE_MS);
    }
  }
}

describe.skipIf(FORMER === undefined)('beside the former release, under load,', { timeout: 240_000 }, () => {
  it.each([
    ['an upgrade', FORMER, undefined],
    ['a step back', undefined, FORMER],
  ])('%s loses nothing and fails no write', async (_, before, after) => {
    const system = new RealSystem();
    owned.push(() => system.stop());
    const load = new Load();
    const first = await start(system, before);
    load.start([first.api.url]);
    await load.passes(WRITES_PER_PHASE);
    const second = await start(system, after);
    load.urls = [first.api.url, second.api.url];
    await load.passes(WRITES_PER_PHASE);
    load.urls = [second.api.url];
    // What was sent to the first one before is answered.
    await load.passes(WRITERS);
    for (const process of [first.api, first.projector]) {
      process.signal('SIGTERM');
      expect(await process.exit()).toBe(0);
    }
    await load.passes(WRITES_PER_PHASE);
    await load.stop();

    expect(load.failures).toEqual([]);
    const stores = await connectStores(loadSettings({ env: system.env }).settings, pino({ level: 'silent' }));
    owned.push(() => stores.stop());
    const keys = [...load.acknowledged.keys()];
    const inCache = await stores.cache.getMany(keys);
    expect(new Map(inCache.map((pair) => [pair?.key, pair?.value]))).toEqual(load.acknowledged);
    const inShadows = async () =>
      new Map((await stores.shadows.findMany(keys)).map(({ _id, lastValue }) => [_id, lastValue]));
    await expect.poll(inShadows, PATIENCE).toEqual(load.acknowledged);
  });
});
