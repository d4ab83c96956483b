import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, PATIENCE, type System } from '../testing/dashboard-system.js';
import { accessFaults, isTooWide } from '../testing/page-faults.js';

const MODE = 'app.sync.mode';

const tests = dashboardTests();

const row = (page: Page, name: string) =>
  page.locator('#settings-list tbody tr', { has: page.getByText(name, { exact: true }) });
const note = (page: Page) => page.locator('#settings-note');

async function openSettings(page: Page): Promise<void> {
  await page.locator('#settings summary').click();
  await row(page, MODE).waitFor();
}

async function change(page: Page, value: string): Promise<void> {
  await page.getByRole('button', { name: `Change ${MODE}` }).click();
  await page.locator('#setting-value').fill(value);
  await page.getByRole('button', { name: 'Change it' }).click();
}

/** What the api says of the setting. */
async function inForce({ api }: System): Promise<unknown> {
  const response = await fetch(`${api.url}/sync/settings?name=${MODE}`);
  return ((await response.json()) as { settings: unknown[] }).settings[0];
}

describe('settings', () => {
  it('are listed with where each value came from, on a desk and on a phone', async () => {
    const system = await tests.shared();
    for (const [name, width] of [
      ['settings', 1320],
      ['settings-phone', 390],
    ] as const) {
      const { page, complaints } = await tests.look(system.api, {
        viewport: { width, height: 844 },
      });
      await openSettings(page);
      expect(await row(page, 'app.namespace').textContent()).toContain('environment');
      expect(await row(page, 'app.sync.async-timeout-ms').textContent()).toContain('default');
      await page.locator('#settings-filter').fill('app.sync');
      await picture(page.locator('#settings'), name);
      await page.getByRole('button', { name: `Change ${MODE}` }).click();
      expect(await accessFaults(page), name).toEqual([]);
      expect(await isTooWide(page), name).toBe(false);
      expect(complaints, name).toEqual([]);
    }
  });

  it('are changed for the deployment and taken back, and what the api refuses is told', async () => {
    const opened = await tests.openShared();
    const { page } = opened;
    await openSettings(page);
    await change(page, 'evnt-only');
    await expect.poll(() => note(page).textContent(), PATIENCE).toContain(MODE);
    expect(await note(page).locator('.refusal').count()).toBe(1);
    expect(await inForce(opened)).toMatchObject({ source: 'default' });

    await change(page, 'event-only');
    await expect.poll(() => note(page).textContent(), PATIENCE).toContain('are changed');
    expect(await inForce(opened)).toMatchObject({ source: 'run-time', value: 'event-only' });
    await expect.poll(() => row(page, MODE).textContent(), PATIENCE).toContain('run time');
    await expect.poll(() => page.locator('#flow').textContent(), PATIENCE).toContain('mode event-only');

    await page.getByRole('button', { name: `Change ${MODE}` }).click();
    await page.getByRole('button', { name: 'Back to the value of the start' }).click();
    await expect.poll(() => inForce(opened), PATIENCE).toMatchObject({ source: 'default' });
    await expect.poll(() => row(page, MODE).textContent(), PATIENCE).toContain('default');
  });

  it('that someone else has changed meanwhile are shown anew instead of changed', async () => {
    const opened = await tests.openShared();
    const { page, api } = opened;
    await openSettings(page);
    await fetch(`${api.url}/sync/settings`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ settings: { [MODE]: 'hybrid' } }),
    });
    await change(page, 'event-only');
    await expect.poll(() => note(page).textContent(), PATIENCE).toContain('someone else was first');
    await expect.poll(() => row(page, MODE).textContent(), PATIENCE).toContain('hybrid');
    expect(await inForce(opened)).toMatchObject({ value: 'hybrid' });
    await change(page, 'event-only');
    await expect.poll(() => inForce(opened), PATIENCE).toMatchObject({ value: 'event-only' });
  });
});
