import { MongoClient } from 'mongodb';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, headline, PATIENCE, type System } from '../testing/dashboard-system.js';
import { accessFaults, isTooWide } from '../testing/page-faults.js';
import { READER, TOKENS } from './testing/people.js';

const tests = dashboardTests();

interface Event {
  readonly _id: string;
  readonly payload: { readonly key: string };
  readonly dead: boolean;
  readonly processed: boolean;
  readonly discarded?: boolean;
}

/** Writes these keys as events, and gives the events up. */
async function deadLetters(
  { api, space }: System,
  keys: readonly string[],
  lastError = 'MongoDB error 2',
): Promise<(key: string) => Promise<Event | null>> {
  const client = new MongoClient(space.env.MONGODB_URL);
  tests.own(() => client.close());
  const outbox = client.db().collection<Event>('outbox');
  const operations = keys.map((key) => ({ op: 'set', key, value: 'v' }));
  const { status } = await fetch(`${api.url}/kv/batch`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operations }),
  });
  expect(status).toBe(200);
  const dead = { dead: true, attempts: 8, lastError };
  await outbox.updateMany({ 'payload.key': { $in: [...keys] } }, { $set: dead });
  return (key) => outbox.findOne({ 'payload.key': key });
}

const row = (page: Page, key: string) => page.locator('#dead-list tbody tr', { hasText: key });
const confirmDialog = (page: Page) => page.locator('#confirm-dialog');

describe('dead letters', () => {
  it('are listed, requeued and discarded, each after a question', async () => {
    // Without a projector nobody else touches the events.
    const system = await tests.shared({ SYNC_MODE: 'event-only' }, false);
    const find = await deadLetters(system, ['bad-1', 'bad-2', 'bad-3']);
    const { page, complaints } = await tests.look(system.api);
    await expect.poll(() => page.locator('#dead-list tbody tr').count(), PATIENCE).toBe(3);
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('No projector runs');
    expect(await page.locator('#verdict-reasons').textContent()).toContain('3 events were given up');
    expect(await row(page, 'bad-1').textContent()).toContain('MongoDB error 2');

    await row(page, 'bad-1').getByRole('button', { name: 'Requeue bad-1' }).click();
    expect(await accessFaults(page), 'with the question').toEqual([]);
    await confirmDialog(page).getByRole('button', { name: 'Cancel' }).click();
    await row(page, 'bad-1').getByRole('button', { name: 'Requeue bad-1' }).click();
    expect(await find('bad-1')).toMatchObject({ dead: true });
    await confirmDialog(page).getByRole('button', { name: 'Requeue' }).click();
    await expect
      .poll(() => page.locator('#dead-note').textContent(), PATIENCE)
      .toContain('1 dead letters requeued');
    expect(await find('bad-1')).toMatchObject({ dead: false, processed: false });
    expect(await page.locator('#dead-note a').getAttribute('href')).toBe('#keys/bad-1');
    await expect.poll(() => page.locator('#dead-list tbody tr').count(), PATIENCE).toBe(2);

    await row(page, 'bad-2').getByRole('button', { name: 'Discard bad-2' }).click();
    await confirmDialog(page).getByRole('button', { name: 'Discard' }).click();
    await expect.poll(() => find('bad-2'), PATIENCE).toMatchObject({ dead: false, discarded: true });
    await page.getByRole('button', { name: 'Requeue all' }).click();
    await confirmDialog(page).getByRole('button', { name: 'Requeue' }).click();
    await expect.poll(() => find('bad-3'), PATIENCE).toMatchObject({ dead: false, processed: false });
    await expect.poll(() => page.locator('#dead-list').textContent(), PATIENCE).toContain('There are none');
    expect(complaints).toEqual([]);
  });

  it('are listed page by page', async () => {
    const system = await tests.shared({ SYNC_MODE: 'event-only' }, false);
    const keys = Array.from({ length: 60 }, (_, at) => `many-${at}`);
    await deadLetters(system, keys);
    const { page } = await tests.look(system.api);
    const listed = page.locator('#dead-list tbody tr');
    await expect.poll(() => listed.count(), PATIENCE).toBe(50);
    await page.getByRole('button', { name: 'List 50 more' }).press('Enter');
    await expect.poll(() => listed.count(), PATIENCE).toBe(60);
    expect(await listed.nth(50).locator('a:focus').count(), 'by keyboard one goes on there').toBe(1);
    expect(await page.getByRole('button', { name: 'List 50 more' }).count()).toBe(0);
    await page.getByRole('button', { name: 'Discard all' }).click();
    await confirmDialog(page).getByRole('button', { name: 'Discard' }).click();
    await expect.poll(() => page.locator('#dead-note').textContent(), PATIENCE).toContain('60');
  });
});

/** What a page would run that took text for markup. */
const MARKUP = '<img src=x onerror="window.ran=1">';

it('dead letters, their keys and reasons are text, whatever is in them, and fit a desk and a phone', async () => {
  const system = await tests.shared({ SYNC_MODE: 'event-only' }, false);
  const keys = [MARKUP, 'cart:4711', `user:${'é'.repeat(120)}`];
  await deadLetters(system, keys, `MongoDB error 2 ${MARKUP}`);
  for (const [name, width] of [
    ['dead-letters', 1320],
    ['dead-letters-phone', 390],
  ] as const) {
    const { page, complaints } = await tests.look(system.api, { viewport: { width, height: 844 } });
    await expect.poll(() => page.locator('#dead-list tbody tr').count(), PATIENCE).toBe(3);
    const section = page.locator('section', { has: page.locator('#dead-list') });
    await picture(section, name);
    expect(await page.locator('#dead-list code').allTextContents()).toEqual(expect.arrayContaining(keys));
    expect(await row(page, 'cart:4711').textContent()).toContain(`MongoDB error 2 ${MARKUP}`);
    expect(await page.locator('#dead-list img').count()).toBe(0);
    await page.getByRole('button', { name: `Discard ${MARKUP}` }).click();
    await expect.poll(() => confirmDialog(page).textContent(), PATIENCE).toContain(MARKUP);
    expect(await confirmDialog(page).locator('img').count()).toBe(0);
    await page.keyboard.press('Escape');
    expect(await page.evaluate('window.ran')).toBeUndefined();
    expect(await accessFaults(page), name).toEqual([]);
    expect(await isTooWide(page), name).toBe(false);
    expect(complaints, name).toEqual([]);
  }
});

describe('where the api asks for tokens', () => {
  const dialog = (page: Page) => page.locator('#token-dialog');
  const give = async (page: Page, token: string) => {
    await page.locator('#token').fill(token);
    await page.locator('#token').press('Enter');
  };

  it('the page asks for one, refuses a wrong one visibly, and shows its figures with a right one', async () => {
    const { page } = await tests.open(TOKENS);
    await expect.poll(() => dialog(page).isVisible(), PATIENCE).toBe(true);
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('A token is needed');
    expect(await accessFaults(page), 'with the dialog for a token').toEqual([]);
    await give(page, `${READER.token.slice(0, -1)}x`);
    await expect
      .poll(() => page.locator('#token-why').textContent(), PATIENCE)
      .toContain('the token is not known');
    expect(await dialog(page).isVisible()).toBe(true);
    await give(page, READER.token);
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
    await expect.poll(() => dialog(page).isVisible(), PATIENCE).toBe(false);
    // Another tab is another session: the token is in this one alone, and in no cookie or lasting store.
    expect(await page.context().cookies()).toEqual([]);
    expect(JSON.stringify(await page.context().storageState())).not.toContain(READER.token);
  });
});

describe('the form for a key', () => {
  const openKeys = async (env: Record<string, string> = {}) => {
    const { api } = await tests.shared(env);
    return tests.look(api, {}, '/dashboard#keys');
  };
  const answer = (page: Page) => page.locator('#try-answer');

  it('sets, gets and deletes, also one that looks like a path or like markup', async () => {
    const { page, complaints } = await openKeys();
    const key = 'a/b?c=<img src=x>&d=%2F#é';
    await page.getByLabel('Key', { exact: true }).fill(key);
    await page.getByLabel('Value', { exact: true }).fill('<b>bold</b>\nsecond line');
    await page.getByLabel('Time to live').fill('300');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await expect.poll(() => answer(page).textContent(), PATIENCE).toMatch(/ASYNC_THREAD.*version\d{16}/s);
    await expect.poll(() => answer(page).textContent(), PATIENCE).toContain('has it now');
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    await expect.poll(() => answer(page).textContent(), PATIENCE).toContain('<b>bold</b>\nsecond line');
    expect(await answer(page).locator('b').count()).toBe(0);
    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await confirmDialog(page).getByRole('button', { name: 'Delete' }).click();
    await expect.poll(() => answer(page).textContent(), PATIENCE).toContain('existedyes');
    expect(complaints).toEqual([]);
  });

  it('sets and gets a key that no URL can hold', async () => {
    const { page, complaints } = await openKeys();
    await page.getByLabel('Key', { exact: true }).fill('..');
    await page.getByLabel('Value', { exact: true }).fill('dots');
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await expect.poll(() => answer(page).textContent(), PATIENCE).toContain('has it now');
    await page.getByRole('button', { name: 'Get', exact: true }).click();
    await expect.poll(() => answer(page).textContent(), PATIENCE).toContain('dots');
    expect(complaints).toEqual([]);
  });

  it('says when the shadow has what was written as an event', async () => {
    const { page } = await openKeys({ SYNC_MODE: 'event-only' });
    await page.getByRole('button', { name: 'Set', exact: true }).click();
    await expect.poll(() => answer(page).textContent(), PATIENCE).toContain('EVENT_ONLY');
    await expect
      .poll(() => answer(page).textContent(), PATIENCE)
      .toMatch(/has it, .* after the write was sent/);
  });
});
