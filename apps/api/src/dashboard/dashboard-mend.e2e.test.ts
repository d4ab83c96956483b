import type { Page } from 'playwright-core';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, PATIENCE, type System } from '../testing/dashboard-system.js';
import { accessFaults } from '../testing/page-faults.js';
import { StoredState } from '../testing/stored-state.js';
import { looks } from './testing/looks.js';

const tests = dashboardTests();
/** Keys of which one side loses all. */
const MANY = 10_000;
/** Keys that one write of a batch takes. */
const BATCH = 1000;
/** Keys per second, so that a task takes several calls, between which it is cancelled. */
const RATE = '1500';
/** Patience with what all these keys take. */
const LONG = { ...PATIENCE, timeout: 90_000 };

let system: System;
let stores: StoredState;
afterAll(() => stores?.close());

/** Writes the pairs, once, and waits until all have shadows. */
async function seeded(): Promise<void> {
  if (system !== undefined) return;
  system = await tests.shared();
  stores = new StoredState(system.space);
  for (let first = 0; first < MANY; first += BATCH) {
    const operations = Array.from({ length: BATCH }, (_, at) => ({
      ...{ op: 'set', key: `user:${first + at}`, value: `value ${first + at}` },
    }));
    const { status } = await fetch(`${system.api.url}/kv/batch`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operations }),
    });
    expect(status).toBe(200);
  }
  const shadows = () => stores.db.collection('kv_shadow').countDocuments({});
  await expect.poll(shadows, LONG).toBe(MANY);
}

beforeEach(seeded, 300_000);

const pairNames = () => stores.redis.keys(`${system.space.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:user:*`);
const losePairs = async () => {
  const names = await pairNames();
  for (let at = 0; at < names.length; at += BATCH) await stores.redis.del(...names.slice(at, at + BATCH));
};
const job = (page: Page, name: string) => page.locator(`#job-${name}`);
const told = (page: Page, name: string) => job(page, name).locator('.job-note').textContent();
const button = (page: Page, name: string, words: string | RegExp) =>
  job(page, name).getByRole('button', { name: words, exact: typeof words === 'string' });

describe('a cache that lost 10,000 pairs', () => {
  it.each([
    ['repair', 'cancelled', 'Repair'],
    ['restore', 'left', 'Restore'],
  ])('%s: seen in a dry run, then %s in the middle, and gone on with to the end', async (name, how, verb) => {
    await losePairs();
    const { page, complaints } = await tests.look(system.api, {}, `/dashboard#mend/${name}`);
    expect(await button(page, name, `${verb}…`).isDisabled()).toBe(true);
    await button(page, name, 'Dry run').click();
    await expect.poll(() => told(page, name), LONG).toMatch(/10,000 keys .* 10,000 differ/);
    expect(await pairNames()).toEqual([]);
    await job(page, name).locator('a', { hasText: 'user:' }).first().waitFor();

    await job(page, name).getByLabel('Keys per second').fill(RATE);
    await button(page, name, `${verb} 10,000 keys…`).click();
    const dialog = page.locator('#act-dialog');
    expect(await dialog.textContent()).toContain('10,000');
    if (name === 'repair') await looks(page, 'mend-question');
    else expect(await accessFaults(page), 'with its question').toEqual([]);
    await dialog.getByRole('button', { name: verb, exact: true }).click();
    await expect
      .poll(() => job(page, name).locator('.job-progress').textContent(), LONG)
      .toMatch(/[1-9][\d,]* brought back/);
    if (name === 'repair') await picture(page, 'mend-progress');
    if (how === 'cancelled') {
      await button(page, name, 'Cancel').click();
      await expect.poll(() => told(page, name), LONG).toContain('Cancelled');
      const back = (await pairNames()).length;
      expect(back).toBeGreaterThan(0);
      expect(back).toBeLessThan(MANY);
      expect(await told(page, name)).toContain(back.toLocaleString('en'));
      await page.locator('#views a', { hasText: 'Keys' }).click();
      await page.goBack();
    }
    // What was done until then is told by the page that is opened at the same address, too.
    await page.reload();
    await expect
      .poll(() => told(page, name), LONG)
      .toMatch(how === 'cancelled' ? /Cancelled\..* brought back/ : /page was left.* brought back/);

    await job(page, name).getByLabel('Keys per second').fill('');
    await button(page, name, 'Go on').click();
    await expect.poll(() => told(page, name), LONG).toContain('✓');
    expect(await told(page, name)).toContain('brought back into the cache');
    expect(await button(page, name, `${verb}…`).isDisabled(), 'it is done').toBe(true);
    expect((await pairNames()).length).toBe(MANY);
    expect(complaints).toEqual([]);
  });

  it('is verified, and each difference leads to its key', async () => {
    const [lost = ''] = await pairNames();
    const key = lost.slice(lost.indexOf(':kv:') + ':kv:'.length);
    await stores.redis.del(lost);
    const { page, complaints } = await tests.look(system.api, {}, '/dashboard#mend/verify?keys=user%3A');
    expect(await job(page, 'verify').getByLabel('Keys that begin with').inputValue()).toBe('user:');
    await button(page, 'verify', 'Verify').click();
    await expect.poll(() => told(page, 'verify'), LONG).toContain('1 differs');
    await looks(page, 'mend');
    const repair = job(page, 'verify').getByRole('link', { name: 'Repair these…' });
    expect(await repair.getAttribute('href')).toBe('#mend/repair?keys=user%3A');
    const address = page.url();
    await page.reload();
    await expect.poll(() => told(page, 'verify'), PATIENCE).toContain('1 differs');
    expect(await job(page, 'verify').locator('a', { hasText: 'address of this report' }).count()).toBe(1);
    const { page: colleagues } = await tests.look({ url: '' }, {}, address);
    await expect.poll(() => told(colleagues, 'verify'), PATIENCE).toContain('in the tab that made it');
    expect(await job(colleagues, 'verify').getByLabel('Keys that begin with').inputValue()).toBe('user:');
    expect(await job(colleagues, 'verify').getByRole('button', { name: 'Go on' }).isVisible()).toBe(false);

    await job(page, 'verify').locator('a', { hasText: key }).click();
    await expect.poll(() => page.locator('#key-standing').textContent(), PATIENCE).toBe('▲ not in the cache');
    expect(complaints).toEqual([]);
  });
});

describe('plain keys', () => {
  it('are imported by keyboard alone: a dry run, a question, and the import', async () => {
    const prefix = `${system.space.env.HYBRID_SYNC_NAMESPACE}-plain`;
    await stores.redis.mset(`${prefix}-1`, 'one', `${prefix}-2`, 'two');
    tests.own(() => stores.redis.del(`${prefix}-1`, `${prefix}-2`));
    const { page, complaints } = await tests.look(system.api, {}, '/dashboard#mend');
    await page.locator('#import-title').waitFor();
    /** Goes on with Tab until the element with these words, or this id, has the focus. */
    const tabTo = async (what: RegExp) => {
      for (let press = 0; press < 60; press++) {
        await page.keyboard.press('Tab');
        const at = await page.evaluate(
          '[document.activeElement.id, document.activeElement.textContent].join(" ")',
        );
        if (what.test(String(at))) return;
      }
      throw new Error(`nothing like ${what} was reached`);
    };
    await tabTo(/^import-keys/);
    await page.keyboard.type(`${prefix}-*`);
    await page.keyboard.press('Enter');
    await expect.poll(() => told(page, 'import'), LONG).toContain('2 to import');
    await expect.poll(() => page.evaluate('document.activeElement.textContent'), PATIENCE).toBe('Dry run');
    await tabTo(/Import 2 keys/);
    await page.keyboard.press('Enter');
    await expect.poll(() => page.locator('#act-dialog').isVisible(), PATIENCE).toBe(true);
    expect(await accessFaults(page), 'with its question').toEqual([]);
    await page.keyboard.press('Enter');
    await expect.poll(() => told(page, 'import'), LONG).toContain('2 imported');
    expect(await (await fetch(`${system.api.url}/kv/${prefix}-1`)).json()).toMatchObject({ value: 'one' });
    expect(complaints).toEqual([]);
  });
});
