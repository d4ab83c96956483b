import { browserForTests } from '@hybrid-sync/services/browser';
import { ServiceLine } from '@hybrid-sync/services/line';
import type { RealApp } from '@hybrid-sync/services/real-app';
import { RealSystem } from '@hybrid-sync/services/real-system';
import type { TestSpace } from '@hybrid-sync/services/test-space';
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { openPage, type WatchedPage } from './browser.js';
import { WriteLoad } from './write-load.js';

/** How long a test waits for what must come, and how often it looks. */
export const PATIENCE = { timeout: 30_000, interval: 50 };

/** A whole system, with MongoDB behind a line that a test can cut. */
export interface System {
  readonly api: RealApp;
  readonly mongodb: ServiceLine;
  readonly space: TestSpace;
}

/**
 * What the tests of a file start, and their browser; called once, at the top of the file. Where no browser can be had
 * the file's tests are skipped.
 */
export function dashboardTests(): DashboardTests {
  const tests = new DashboardTests();
  beforeAll(() => tests.launch(), 300_000);
  beforeEach((test) => test.skip(!tests.hasBrowser));
  afterEach(() => tests.end());
  afterAll(() => tests.close());
  return tests;
}

type End = () => Promise<unknown>;

/** What the tests of the dashboard start, and end again. */
export class DashboardTests {
  /** What ends with the test. */
  readonly #owned: End[] = [];
  /** What ends with the file. */
  readonly #kept: End[] = [];
  readonly #shared = new Map<string, Promise<System>>();
  #browser: Browser | undefined;

  /** Whether there is a browser. */
  get hasBrowser(): boolean {
    return this.#browser !== undefined;
  }

  /** The browser. @throws TypeError where there is none */
  get browser(): Browser {
    if (this.#browser === undefined) throw new TypeError('there is no browser');
    return this.#browser;
  }

  /** Starts the browser, where one can be had. @throws ServicesError in CI where it can't */
  async launch(): Promise<void> {
    this.#browser = await browserForTests();
  }

  /** Ends the browser, and the systems that the tests shared. */
  async close(): Promise<void> {
    await this.#browser?.close();
    await endAll(this.#kept);
  }

  /** Ends everything that the test had for itself. */
  async end(): Promise<void> {
    await endAll(this.#owned);
  }

  /** Has something ended with the test. */
  own(end: End): void {
    this.#owned.push(end);
  }

  /** Starts a system of the test's own; `env` is the api's. `projector`: whether there is one. */
  start(env: Record<string, string> = {}, projector = true): Promise<System> {
    return startSystem(env, projector, this.#owned);
  }

  /** The system of this kind that the tests of the file have together: they break nothing of it. */
  shared(env: Record<string, string> = {}, projector = true): Promise<System> {
    const kind = JSON.stringify([env, projector]);
    const system = this.#shared.get(kind) ?? startSystem(env, projector, this.#kept);
    this.#shared.set(kind, system);
    return system;
  }

  /** Starts a system of the test's own and opens its dashboard. */
  async open(env: Record<string, string> = {}): Promise<WatchedPage & System> {
    const system = await this.start(env);
    return { ...(await this.look(system.api)), ...system };
  }

  /** Opens the dashboard of a system that tests share. */
  async openShared(env: Record<string, string> = {}): Promise<WatchedPage & System> {
    const system = await this.shared(env);
    return { ...(await this.look(system.api)), ...system };
  }

  /** Opens an api's dashboard, or another of its pages. */
  async look(
    api: Pick<RealApp, 'url'>,
    options: BrowserContextOptions = {},
    path = '/dashboard',
  ): Promise<WatchedPage> {
    const watched = await openPage(this.browser, `${api.url}${path}`, options);
    this.#owned.push(async () => {
      // What a test answers in the api's place may be under way still.
      if (!watched.page.isClosed()) await watched.page.unrouteAll({ behavior: 'ignoreErrors' });
      await watched.page.context().close();
    });
    return watched;
  }

  /** Writes to an api until the end. */
  load(api: RealApp, writers = 4, pauseMs = 5): WriteLoad {
    const writes = new WriteLoad(api.url, writers, pauseMs);
    this.#owned.push(() => writes.stop());
    return writes;
  }
}

async function startSystem(env: Record<string, string>, projector: boolean, owned: End[]): Promise<System> {
  const system = new RealSystem();
  owned.push(() => system.stop());
  const mongodb = await ServiceLine.to(system.env.MONGODB_URL);
  await mongodb.open();
  owned.push(() => mongodb.cut());
  const [api] = await Promise.all([
    system.start('api', { MONGODB_URL: mongodb.url, ...env }),
    ...(projector ? [system.start('projector')] : []),
  ]);
  return { api, mongodb, space: system.space };
}

/** Ends these, the last one first. */
async function endAll(ends: End[]): Promise<void> {
  for (const end of ends.splice(0).reverse()) await end();
}

/** What the page says of the whole. */
export const headline = (page: Page): Locator => page.locator('#verdict-headline');

/** The number that an element shows; NaN for none. */
export async function numberAt(page: Page, selector: string): Promise<number> {
  const text = await page.locator(selector).first().textContent();
  return Number(text?.replace(/[^\d.]/g, '') || Number.NaN);
}

/** The rate at an arrow of the picture. */
export function rateAt(page: Page, edge: string): Promise<number> {
  return numberAt(page, `[data-edge="${edge}"] .rate`);
}
