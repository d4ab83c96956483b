import type { BrowserContextOptions, Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, headline, PATIENCE, rateAt } from '../testing/dashboard-system.js';
import { accessFaults, COLOUR_RULES, isTooWide } from '../testing/page-faults.js';
import type { WriteLoad } from '../testing/write-load.js';

/** How long the system is at work before it is shown, in seconds: for pictures with more to see. */
const SHOWN_SEC = Number(process.env.SCREENSHOTS_AFTER_SEC ?? 0);
/** Height of a part of a page, in pixels. */
const PART = 1440;
const PHONE: BrowserContextOptions = {
  viewport: { width: 390, height: 844 },
  deviceScaleFactor: 2,
  isMobile: true,
  hasTouch: true,
};
/** Their system: pictures of a backlog need not tell of high load. */
const KIND = { LOAD_MAX_UNPROCESSED_EVENTS: '1000' };
const DESK: BrowserContextOptions = { viewport: { width: 1320, height: 900 } };

const tests = dashboardTests();

/** The whole page, in parts that can be read. */
async function pictures(page: Page, name: string): Promise<void> {
  const { width, height } = (await page.evaluate(
    '({ width: innerWidth, height: document.documentElement.scrollHeight })',
  )) as { width: number; height: number };
  for (let y = 0; y < height; y += PART) {
    const clip = { x: 0, y, width, height: Math.min(PART, height - y) };
    await picture(page, y === 0 ? name : `${name}-${y / PART + 1}`, { clip, fullPage: true });
  }
}

/** Some writes, and for pictures a part of the time that they take. */
async function written(load: WriteLoad, share: number): Promise<void> {
  const before = load.written;
  await new Promise((resolve) => setTimeout(resolve, SHOWN_SEC * share * 1000));
  await expect.poll(() => load.written, PATIENCE).toBeGreaterThan(before + 10);
}

describe('by keyboard', () => {
  it('everything that can be done is reached in order, and seen to be', async () => {
    const { page } = await tests.openShared(KIND);
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
    await expect.poll(() => page.locator('.plot canvas').count(), PATIENCE).toBe(6);
    const reached: string[] = [];
    for (let press = 0; press < 40; press++) {
      await page.keyboard.press('Tab');
      const { name, outline } = (await page.evaluate(`({
        name: document.activeElement.id || document.activeElement.value || document.activeElement.className || document.activeElement.tagName,
        outline: getComputedStyle(document.activeElement).outlineStyle,
      })`)) as { name: string; outline: string };
      if (name === 'BODY') break;
      expect(outline, name).not.toBe('none');
      reached.push(name);
    }
    expect(reached).toEqual([
      ...['skip', 'A', 'A', 'A', 'A', 'theme', 'token-button', 'button'],
      ...['pause-buttons-fast-path', 'pause-buttons-projector', '60', '300', '900'],
      ...['3600', '21600', '86400', '604800'],
      ...Array.from({ length: 6 }, () => 'canvas'),
      ...['dead-refresh', 'SUMMARY', 'SUMMARY'],
    ]);
    await page.locator('#theme').press('Enter');
    await page.locator('#theme').press('Enter');
    expect(await page.locator('html').getAttribute('data-theme')).toBe('dark');
    await page.locator('#token-button').press('Enter');
    expect(await page.locator('#token:focus').count()).toBe(1);
    await page.keyboard.press('Escape');
    expect(await page.locator('#token-dialog').isVisible()).toBe(false);
    expect(await page.locator('#token-button:focus').count()).toBe(1);
  });
});

describe('the dashboard at work', () => {
  it('is accessible and fits, light, dark, and on a phone', async () => {
    const { api, mongodb } = await tests.shared(KIND);
    const load = tests.load(api, 8, 4);
    await written(load, 0.4);
    mongodb.freeze();
    await written(load, 0.2);
    mongodb.thaw();
    await written(load, 0.4);
    const looks: [name: string, options: BrowserContextOptions][] = [
      ['light', { ...DESK, colorScheme: 'light' }],
      ['dark', { ...DESK, colorScheme: 'dark' }],
      ['phone', { ...PHONE, colorScheme: 'light' }],
      ['phone-dark', { ...PHONE, colorScheme: 'dark' }],
    ];
    for (const [name, options] of looks) {
      const { page, complaints } = await tests.look(api, options);
      await page.getByRole('button', { name: '1 min' }).click();
      await expect.poll(() => rateAt(page, 'writes'), PATIENCE).toBeGreaterThan(10);
      await page.evaluate('window.scrollTo(0, 0)');
      await pictures(page, name);
      const rules = name.endsWith('dark') ? COLOUR_RULES : undefined;
      expect(await accessFaults(page, rules), name).toEqual([]);
      expect(await isTooWide(page), name).toBe(false);
      expect(complaints, name).toEqual([]);
      await page.context().close();
    }
  });

  it('is accessible and fits while MongoDB is away', async () => {
    const { api, mongodb } = await tests.shared(KIND);
    const load = tests.load(api, 8, 4);
    await written(load, 0.5);
    const { page } = await tests.look(api, DESK);
    await page.getByRole('button', { name: '1 min' }).click();
    await expect.poll(() => rateAt(page, 'fast'), PATIENCE).toBeGreaterThan(10);
    await mongodb.cut();
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('MongoDB does not answer');
    await expect
      .poll(() => page.locator('[data-node="redis"]').textContent(), PATIENCE)
      .toMatch(/JOURNALED [1-9]/);
    await expect
      .poll(() => page.locator('#dead-list').textContent(), PATIENCE)
      .toBe('Not known while MongoDB does not answer.');
    await written(load, 0.2);
    await expect.poll(() => rateAt(page, 'fast'), PATIENCE).toBe(0);
    await pictures(page, 'outage');
    expect(await accessFaults(page)).toEqual([]);
  });
});
