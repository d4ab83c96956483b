import { mayAct, type Role } from '@hybrid-sync/access-tokens';
import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { MongoClient } from 'mongodb';
import type { Page } from 'playwright-core';
import { beforeAll, expect, it } from 'vitest';
import { dashboardTests, PATIENCE, type System } from '../testing/dashboard-system.js';
import { looks } from './testing/looks.js';
import { ANN, askAsAdmin, BOB, giveToken, lookAs, READER, TOKENS, WRITER } from './testing/people.js';

const tests = dashboardTests();
const contract = toolContract();
const text = (page: Page, place: string) => page.locator(place).textContent();
const pause = (page: Page) => page.locator('#pause-buttons-fast-path');

/** A system with a dead letter and a change of settings, so that the page has all its controls. */
let system: System;
beforeAll(async () => {
  system = await tests.shared({ ...TOKENS, SYNC_MODE: 'event-only' }, false);
  await askAsAdmin(system.api, 'PUT', '/kv/given-up', { value: 'v' });
  await askAsAdmin(system.api, 'POST', '/sync/settings', { settings: { 'app.sync.async-timeout-ms': 1500 } });
  const client = new MongoClient(system.space.env.MONGODB_URL);
  const dead = { $set: { dead: true, attempts: 8, lastError: 'MongoDB error 2' } };
  await client.db().collection('outbox').updateMany({ 'payload.key': 'given-up' }, dead);
  await client.close();
}, 300_000);

interface Control {
  readonly name: string;
  readonly tool: ToolName;
  readonly locked: boolean;
  readonly why: string | null;
  readonly reached: boolean;
}

/** Every control of the page that calls a tool, through all its views. */
async function controls(page: Page): Promise<Control[]> {
  const found: Control[] = [];
  for (const view of ['overview', 'keys', 'keys/given-up', 'mend']) {
    await page.evaluate(`location.hash = '#${view}'`);
    if (view === 'overview') {
      await page.locator('#dead-list button').first().waitFor();
      for (const section of ['#settings', '#settings-history']) {
        if ((await page.locator(section).getAttribute('open')) === null)
          await page.locator(`${section} summary`).click();
        await page.locator(`${section} [data-tool]`).first().waitFor();
      }
    }
    if (view === 'keys/given-up') await page.locator('#key-sides, #key-cache').first().waitFor();
    const here = await page.evaluate(`[...document.querySelectorAll('[data-tool]')]
      .filter((each) => each.checkVisibility())
      .map((each) => {
        each.focus();
        return {
          name: each.id || each.textContent,
          tool: each.dataset.tool,
          locked: each.getAttribute('aria-disabled') === 'true' && each.dataset.needs !== undefined,
          why: each.getAttribute('title'),
          reached: document.activeElement === each,
        };
      })`);
    found.push(...(here as Control[]));
  }
  return found;
}

it.each([READER, WRITER, ANN])(
  'what the role $role lacks is there, locked, and says why',
  async ({ token, role }) => {
    const { page } = await lookAs(tests, system, token);
    const all = await controls(page);
    for (const { name, tool, locked, why, reached } of all) {
      const needed: Role = contract[tool].role;
      expect({ name, tool, locked }).toEqual({ name, tool, locked: !mayAct(role, needed) });
      if (locked) expect(why, name).toBe(`needs the role ${needed}; your token has ${role}`);
      expect(reached, `${name} is reached by keyboard`).toBe(true);
    }
    expect([...new Set(all.map(({ tool }) => tool))].sort()).toEqual([
      ...['force_sync_repair', 'hybrid_sync_discard_dead_letters', 'hybrid_sync_key', 'hybrid_sync_pause'],
      ...['hybrid_sync_requeue_dead_letters', 'hybrid_sync_settings_set', 'import_plain_keys'],
      ...['kv_del', 'kv_get', 'kv_set', 'restore_cache', 'verify_cache_sync', 'verify_key_sync'],
    ]);
    expect(await page.locator('#locks').isVisible()).toBe(role !== 'admin');
    if (role === 'read') {
      await page.evaluate("location.hash = '#overview'");
      await looks(page, 'locked');
    }
  },
);

it('a locked control that is pressed asks for a token by which it is open', async () => {
  const { page } = await lookAs(tests, system, READER.token);
  await expect.poll(() => pause(page).getAttribute('aria-disabled'), PATIENCE).toBe('true');
  await pause(page).press('Enter');
  await expect
    .poll(() => text(page, '#token-why'), PATIENCE)
    .toContain('needs the role admin; your token has read');
  expect(await page.locator('#act-dialog').isVisible()).toBe(false);
  await giveToken(page, BOB.token);
  await expect.poll(() => pause(page).getAttribute('aria-disabled'), PATIENCE).toBeNull();
  await expect
    .poll(() => page.evaluate('document.activeElement.id'), PATIENCE)
    .toBe('pause-buttons-fast-path');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.locator('#act-dialog').isVisible(), PATIENCE).toBe(true);
  await page.keyboard.press('Escape');

  await page.locator('#token-button').click();
  await giveToken(page, READER.token);
  await page.evaluate("location.hash = '#keys'");
  await expect.poll(() => page.locator('[value=set]').getAttribute('aria-disabled'), PATIENCE).toBe('true');
  await page.locator('#try-key').press('Enter');
  await expect.poll(() => text(page, '#token-why'), PATIENCE).toContain('needs the role write');
  await page.keyboard.press('Escape');
  expect(await text(page, '#try-answer')).toBe('');
});

it('what the page could not know is refused by the api, told, and done with a token that may', async () => {
  const { page } = await tests.look(system.api);
  await page.route('**/dashboard/caller', (route) => route.abort());
  await giveToken(page, READER.token, false);
  const row = page.locator('#dead-list tbody tr', { hasText: 'given-up' });
  await row.getByRole('button', { name: 'Requeue given-up' }).click();
  await page.locator('#confirm-dialog').getByRole('button', { name: 'Requeue' }).click();
  await expect.poll(() => text(page, '#dead-note'), PATIENCE).toContain('needs a token with the role admin');
  expect(await row.count()).toBe(1);
  await page.unroute('**/dashboard/caller');
  await giveToken(page, ANN.token);
  await expect.poll(() => row.count(), PATIENCE).toBe(0);
});

it('nothing can be done without a token where there must be one', async () => {
  const { page } = await tests.look(system.api, {}, '/dashboard#keys');
  await page.locator('#token-cancel').click();
  await expect.poll(() => text(page, '#locks-words'), PATIENCE).toContain('without a token');
  expect(await page.locator('[value=get]').getAttribute('title')).toBe('needs a token');
});
