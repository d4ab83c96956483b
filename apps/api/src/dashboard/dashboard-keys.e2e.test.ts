import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, PATIENCE, type System } from '../testing/dashboard-system.js';
import { isTooWide } from '../testing/page-faults.js';
import { prefixProxy } from '../testing/prefix-proxy.js';
import { StoredState } from '../testing/stored-state.js';
import { looks } from './testing/looks.js';
import { askAsAdmin, giveToken, READER, TOKENS } from './testing/people.js';

const tests = dashboardTests();
const MEGABYTE = 1_000_000;

/** The stores of a system, past the code under test. */
function storesOf({ space }: System): StoredState {
  const stores = new StoredState(space);
  tests.own(() => stores.close());
  return stores;
}

/** Writes these pairs, and waits until their shadows are there. */
async function write({ api, space }: System, pairs: Readonly<Record<string, string>>): Promise<void> {
  const operations = Object.entries(pairs).map(([key, value]) => ({ op: 'set', key, value }));
  const answer = await fetch(`${api.url}/kv/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operations, sessionId: 'session-7' }),
  });
  expect(answer.status).toBe(200);
  const stores = new StoredState(space);
  const shadows = stores.db.collection<{ _id: string }>('kv_shadow');
  const count = () => shadows.countDocuments({ _id: { $in: Object.keys(pairs) } });
  await expect.poll(count, PATIENCE).toBe(operations.length);
  await stores.close();
}

const rows = (page: Page) => page.locator('#keys-rows tbody tr');
const row = (page: Page, key: string) => rows(page).filter({ has: page.getByText(key, { exact: true }) });
const note = (page: Page) => page.locator('#key-note').textContent();

describe('the keys', () => {
  it('are listed by prefix, page by page, with short beginnings of large values, by either side', async () => {
    const system = await tests.shared();
    await write(system, {
      ...Object.fromEntries(
        Array.from({ length: 120 }, (_, at) => [`user:${1000 + at}`, `{"name":"n${at}"}`]),
      ),
      [`page:${'long'.repeat(200)}`]: 'v',
      'page:home': `<h1>${'x'.repeat(MEGABYTE)}</h1>`,
    });
    const { page, complaints } = await tests.look(system.api, {}, '/dashboard#keys');
    await page.locator('#keys-prefix').fill('user:');
    await page.locator('#keys-prefix').press('Enter');
    await expect.poll(() => rows(page).first().textContent(), PATIENCE).toContain('user:1000');
    expect(await rows(page).count()).toBe(50);
    await page.getByRole('button', { name: 'Next page' }).press('Enter');
    await expect.poll(() => rows(page).first().textContent(), PATIENCE).toContain('user:1050');
    await expect.poll(() => rows(page).first().locator('a:focus').count(), PATIENCE).toBe(1);
    await page.getByRole('button', { name: 'Next page' }).click();
    await expect.poll(() => rows(page).count(), PATIENCE).toBe(20);
    expect(await page.getByRole('button', { name: 'Next page' }).isDisabled()).toBe(true);
    await page.getByRole('button', { name: 'Page before' }).click();
    await expect.poll(() => rows(page).first().textContent(), PATIENCE).toContain('user:1050');

    await page.getByLabel('Listed by').selectOption('cache');
    await page.locator('#keys-prefix').fill('page:');
    await page.locator('#key-list').getByRole('button', { name: 'List', exact: true }).click();
    // How much of a Redis that others use, too, is looked at for a page is not for a test to say; what it shows is.
    const told = () => page.locator('#keys-note').textContent();
    await expect.poll(told, PATIENCE).toMatch(/^Page 1: |the next page goes on/);
    for (const shown of await rows(page).allTextContents()) expect(shown).toMatch(/^page:/);
    await page.getByLabel('Listed by').selectOption('shadow');
    await expect.poll(() => rows(page).count(), PATIENCE).toBe(2);
    const heights = () => rows(page).evaluateAll((all) => all.map((each) => each.clientHeight));
    await expect.poll(async () => Math.max(...(await heights())), PATIENCE).toBeLessThan(100);
    const text = (await row(page, 'page:home').textContent()) ?? '';
    expect(text).toContain('1 MB');
    expect(text.length).toBeLessThan(500);
    await page.setViewportSize({ width: 390, height: 900 });
    expect(await isTooWide(page)).toBe(false);
    await page.locator('#keys-prefix').fill('');
    await page.locator('#keys-prefix').press('Enter');
    await expect.poll(() => rows(page).count(), PATIENCE).toBe(50);
    await looks(page, 'keys');
    expect(complaints).toEqual([]);
  });

  it('have a page each: both sides, the whole value on demand, and the versions that are known', async () => {
    const system = await tests.shared();
    const key = 'cart/4711?<b>';
    await write(system, { [key]: `first${'y'.repeat(MEGABYTE)}` });
    const { page, complaints } = await tests.look(
      system.api,
      {},
      `/dashboard#keys/${encodeURIComponent(key)}`,
    );
    const cache = page.locator('#key-cache');
    await expect.poll(() => cache.textContent(), PATIENCE).toContain('firsty');
    expect(((await cache.textContent()) ?? '').length).toBeLessThan(6000);
    await cache.getByRole('button', { name: 'Show all of it' }).press('Enter');
    await expect.poll(async () => (await cache.textContent())?.length, PATIENCE).toBeGreaterThan(MEGABYTE);
    await expect.poll(() => cache.locator('pre:focus').count(), PATIENCE).toBe(1);
    expect(await page.locator('#key-shadow').textContent()).toContain('session-7');
    expect(await page.locator('#key-standing').textContent()).toBe('✓ same version');
    expect(await page.locator('#key-versions tbody tr').count()).toBeGreaterThanOrEqual(1);
    expect(await page.locator('#key-page b').count()).toBe(0);
    expect(complaints).toEqual([]);
  });
});

describe('a key that differs', () => {
  it('is verified, and mended in either direction after its dry run was shown', async () => {
    const system = await tests.shared();
    const stores = storesOf(system);
    const shadows = stores.db.collection<{ _id: string }>('kv_shadow');
    await write(system, { 'lost:shadow': 'kept in the cache', 'lost:pair': 'kept in the shadow' });
    await shadows.deleteOne({ _id: 'lost:shadow' });
    const { page, complaints } = await tests.look(system.api, {}, '/dashboard#keys/lost%3Ashadow');
    const dialog = page.locator('#act-dialog');
    await expect.poll(() => page.locator('#key-shadow').textContent(), PATIENCE).toContain('Nothing.');
    await page.getByRole('button', { name: 'Verify', exact: true }).click();
    await expect.poll(() => note(page), PATIENCE).toContain('shadow-missing');

    await page.getByRole('button', { name: 'Mend…' }).click();
    await expect.poll(() => dialog.textContent(), PATIENCE).toContain('synced to the shadow store again');
    await looks(page, 'keys-mend');
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    expect(await shadows.findOne({ _id: 'lost:shadow' })).toBeNull();
    await page.getByRole('button', { name: 'Mend…' }).click();
    await dialog.getByRole('button', { name: 'Mend it' }).click();
    await expect.poll(() => note(page), PATIENCE).toContain('Synced to the shadow store under a new version');
    await expect
      .poll(() => shadows.findOne({ _id: 'lost:shadow' }), PATIENCE)
      .toMatchObject({ lastValue: 'kept in the cache' });

    const [name = ''] = await stores.redis.keys(`${system.space.env.HYBRID_SYNC_NAMESPACE}:{*}:kv:lost:pair`);
    await stores.redis.del(name);
    await page.evaluate("location.hash = '#keys/lost%3Apair'");
    await expect.poll(() => page.locator('#key-standing').textContent(), PATIENCE).toBe('▲ not in the cache');
    await page.getByRole('button', { name: 'Mend…' }).click();
    await expect.poll(() => dialog.textContent(), PATIENCE).toContain('brought back into the cache');
    await dialog.getByRole('button', { name: 'Mend it' }).click();
    await expect.poll(() => note(page), PATIENCE).toContain('Brought back into the cache');
    expect(await stores.redis.hget(name, 'value')).toBe('kept in the shadow');
    await expect.poll(() => page.locator('#key-standing').textContent(), PATIENCE).toBe('✓ same version');
    expect(complaints).toEqual([]);
  });

  it('is written and deleted from its page, which follows, behind a path prefix', async () => {
    const system = await tests.shared();
    await write(system, { 'page:written': 'before' });
    const proxy = await prefixProxy(system.api.url, '/ops/sync');
    tests.own(() => proxy.stop());
    const { page } = await tests.look({ url: proxy.url }, {}, '/dashboard#keys/page%3Awritten');
    await expect
      .poll(() => page.getByLabel('Key', { exact: true }).inputValue(), PATIENCE)
      .toBe('page:written');
    expect(await page.locator('#try-value').inputValue()).toBe('before');
    await page.locator('#try-value').fill('after');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await expect.poll(() => page.locator('#key-cache pre').textContent(), PATIENCE).toBe('after');
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await page.locator('#confirm-dialog').getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => page.locator('#key-cache').textContent(), PATIENCE).toContain('Nothing.');
    await expect.poll(() => page.locator('#key-shadow').textContent(), PATIENCE).toContain('deleted');
    await picture(page, 'keys-one');
  });
});

describe('where the api asks for tokens', () => {
  it('nothing of a value is shown without one, or any more once it is forgotten', async () => {
    const system = await tests.start(TOKENS, false);
    await askAsAdmin(system.api, 'PUT', '/kv/secret', { value: 'hidden words' });
    const { page } = await tests.look(system.api, {}, '/dashboard#keys/secret');
    await expect.poll(() => page.locator('#token-dialog').isVisible(), PATIENCE).toBe(true);
    expect(await page.locator('main').textContent()).not.toContain('hidden words');
    await giveToken(page, READER.token);
    await expect.poll(() => page.locator('#key-cache').textContent(), PATIENCE).toContain('hidden words');
    await page.locator('#token-button').click();
    await page.locator('#token-forget').click();
    await expect.poll(() => page.locator('main').textContent(), PATIENCE).not.toContain('hidden words');
  });
});
