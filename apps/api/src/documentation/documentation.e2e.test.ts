import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, PATIENCE } from '../testing/dashboard-system.js';
import { accessFaults, COLOUR_RULES, isTooWide } from '../testing/page-faults.js';

/** All of the page is looked at, which takes a busy machine a while. */
const TIMEOUT_MS = 240_000;
const DESK = { width: 1320, height: 900 };
const PHONE = { width: 390, height: 844 };
const LOOKS: [name: string, options: BrowserContextOptions][] = [
  ['light', { viewport: DESK, colorScheme: 'light' }],
  ['dark', { viewport: DESK, colorScheme: 'dark' }],
  ['phone', { viewport: PHONE, colorScheme: 'light', isMobile: true, hasTouch: true }],
];

const tests = dashboardTests();

/** Sends what an operation's form is filled in with, and gives back what the page shows of the answer. */
async function tryOut(page: Page, operation: string): Promise<string> {
  const card = page.locator(`#${operation}`);
  await card.getByRole('button', { name: 'Send' }).click();
  const got = card.locator('.got pre');
  await expect.poll(() => got.count(), PATIENCE).toBe(1);
  return (await card.locator('.got').textContent()) ?? '';
}

it.each(LOOKS)(
  'the documentation is accessible, opened whole: %s',
  async (name, options) => {
    const { api } = await tests.shared({}, false);
    const { page, complaints, strayRequests } = await tests.look(api, options, '/docs');
    await expect.poll(() => page.locator('.operation').count(), PATIENCE).toBeGreaterThan(25);
    await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
    await tryOut(page, 'hybrid_sync_load_check');
    await page.evaluate('document.querySelector("#hybrid_sync_load_check").scrollIntoView()');
    await picture(page, `docs-${name}`);
    const back = await page.evaluate('getComputedStyle(document.body).backgroundColor');
    expect(back).toBe(name === 'dark' ? 'rgb(13, 17, 23)' : 'rgb(244, 246, 248)');
    expect(await accessFaults(page, name === 'dark' ? COLOUR_RULES : undefined)).toEqual([]);
    expect(await isTooWide(page)).toBe(false);
    expect(complaints).toEqual([]);
    expect(strayRequests).toEqual([]);
  },
  TIMEOUT_MS,
);

it('its examples can be sent as they are, and answers and refusals are shown', async () => {
  const { api } = await tests.shared({}, false);
  const { page } = await tests.look(api, {}, '/docs#kv_set');
  await page.evaluate('for (const each of document.querySelectorAll("details")) each.open = true');
  const written = await tryOut(page, 'kv_set');
  expect(written).toMatch(/PUT \/kv\/user%3A42 200/);
  expect(written).toMatch(/etag: "\d+"/);
  const read = await tryOut(page, 'kv_get');
  expect(read).toContain('{\\"name\\": \\"Ada\\"}');
  await page.locator('#kv_get-key').fill('../absent ?');
  expect(await tryOut(page, 'kv_get')).toMatch(/404.*NOT_FOUND/s);
  await page.locator('#kv_batch-body').fill('{"operations": 1}');
  expect(await tryOut(page, 'kv_batch')).toMatch(/400.*INVALID_INPUT/s);
});
