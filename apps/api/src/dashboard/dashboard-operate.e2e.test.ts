import { CacheKeys } from '@hybrid-sync/sync-core';
import { Redis } from 'ioredis';
import { MongoClient } from 'mongodb';
import type { Page } from 'playwright-core';
import { expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, headline, PATIENCE, type System } from '../testing/dashboard-system.js';
import { accessFaults, isTooWide } from '../testing/page-faults.js';
import { prefixProxy } from '../testing/prefix-proxy.js';
import { looks } from './testing/looks.js';
import { ANN, askAsAdmin, BOB, giveToken, lookAs, READER, TOKENS } from './testing/people.js';

const MODE = 'app.sync.mode';
const TIMEOUT = 'app.sync.async-timeout-ms';

const tests = dashboardTests();
const system = () => tests.shared(TOKENS);
const actDialog = (page: Page) => page.locator('#act-dialog');
const text = (page: Page, place: string) => page.locator(place).textContent();

/** What Redis holds of a setting that was set at run time. */
async function storedValue({ space }: System, name: string): Promise<string | null> {
  const redis = new Redis(space.env.REDIS_URL);
  try {
    return await redis.hget(`${space.env.HYBRID_SYNC_NAMESPACE}:{settings}`, `value:${name}`);
  } finally {
    redis.disconnect();
  }
}

async function set({ api }: System, name: string, value: string | number | null): Promise<void> {
  await askAsAdmin(api, 'POST', '/sync/settings', { settings: { [name]: value } });
}

it('the fast path is paused and resumed behind a path prefix, with what that does told before and after', async () => {
  const shared = await system();
  const proxy = await prefixProxy(shared.api.url, '/ops/sync');
  tests.own(() => proxy.stop());
  const { page, complaints, strayRequests } = await tests.look({ url: proxy.url });
  await giveToken(page, ANN.token);
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
  expect(await text(page, '#successes')).toBe('✓ writes succeed✓ drains succeed');

  await page.getByRole('button', { name: 'Pause the fast path' }).click();
  await expect.poll(() => actDialog(page).textContent(), PATIENCE).toContain('answered EVENT_BASED');
  await page.locator('#act-do').click();
  expect(await actDialog(page).isVisible(), 'without a reason').toBe(true);
  await actDialog(page).getByRole('button', { name: 'Cancel' }).click();
  expect(await storedValue(shared, 'app.fast-path.paused')).toBeNull();

  await page.getByRole('button', { name: 'Pause the fast path' }).click();
  await page.locator('#act-reason').fill('MongoDB <b>moves</b>');
  await page.locator('#act-do').click();
  await expect.poll(() => text(page, '#pause-note'), PATIENCE).toContain('fast path is paused (revision');
  expect(await storedValue(shared, 'app.fast-path.paused')).toBe('true');
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('The fast path is paused');
  await expect.poll(() => text(page, '#pauses'), PATIENCE).toMatch(/by ann: “MongoDB <b>moves<\/b>”/);
  const gateOf = (part: string) => page.locator(part).getAttribute('data-gate');
  await expect.poll(() => gateOf('[data-node="fastQueue"]'), PATIENCE).toBe('paused');
  expect(await gateOf('[data-edge="toFast"]')).toBe('paused');
  expect(await text(page, '[data-node="fastQueue"]')).toContain('paused by ann');
  const written = await askAsAdmin(shared.api, 'PUT', '/kv/while-paused', { value: 'v' });
  expect(written.method).toBe('EVENT_BASED');
  await picture(page, 'paused', { clip: { x: 0, y: 0, width: 1280, height: 900 } });

  await page.getByRole('link', { name: 'History of the settings' }).click();
  const last = page.locator('#history-list tbody tr').first();
  await expect.poll(() => last.textContent(), PATIENCE).toMatch(/ann.*app\.fast-path\.paused.*MongoDB/s);
  await page.locator('#pauses').getByRole('button', { name: 'Resume the fast path' }).click();
  await page.locator('#act-do').click();
  await expect.poll(() => storedValue(shared, 'app.fast-path.paused'), PATIENCE).toBe('false');
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
  expect(complaints.filter((complaint) => !complaint.includes('401'))).toEqual([]);
  expect(strayRequests).toEqual([]);
});

it('the projectors are paused by keyboard alone: events wait until they are resumed', async () => {
  const shared = await system();
  const { page } = await lookAs(tests, shared, ANN.token);
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
  const tabTo = async (id: string) => {
    for (let press = 0; press < 60; press++) {
      if ((await page.evaluate('document.activeElement.id')) === id) return;
      await page.keyboard.press('Tab');
    }
    expect.fail(`${id} is not reached by Tab`);
  };
  await tabTo('pause-buttons-projector');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate('document.activeElement.id'), PATIENCE).toBe('act-reason');
  await page.keyboard.type('indexes are built');
  await page.keyboard.press('Enter');
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('The projectors are paused');
  await expect.poll(() => text(page, '#successes'), PATIENCE).toContain('drains paused');
  await expect.poll(() => page.locator('[data-node="projector"]').getAttribute('data-gate')).toBe('paused');

  const { MONGODB_URL } = shared.space.env;
  const client = new MongoClient(MONGODB_URL);
  tests.own(() => client.close());
  const event = () => client.db().collection('outbox').findOne({ 'payload.key': 'waits' });
  await askAsAdmin(shared.api, 'POST', '/sync/manual', { key: 'waits', value: 'v', mode: 'event-only' });
  expect(await event()).toMatchObject({ processed: false });
  await page.reload();
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('The projectors are paused');
  await tabTo('reminder-projector');
  await page.keyboard.press('Enter');
  await expect.poll(() => page.evaluate('document.activeElement.id'), PATIENCE).toBe('act-reason');
  expect(await event()).toMatchObject({ processed: false });
  await page.keyboard.press('Enter');
  await expect.poll(event, PATIENCE).toMatchObject({ processed: true });
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
});

it('of two people who change one setting the second is told who was first, what and why', async () => {
  const shared = await system();
  await set(shared, MODE, null);
  const [{ page: ann }, { page: bob }] = [
    await lookAs(tests, shared, ANN.token),
    await lookAs(tests, shared, BOB.token),
  ];
  for (const page of [ann, bob]) {
    await page.locator('#settings summary').click();
    await page.getByRole('button', { name: `Change ${MODE}` }).click();
  }
  await ann.locator('#setting-value').fill('hybrid');
  await ann.locator('#setting-reason').fill('a try');
  await ann.getByRole('button', { name: 'Change it' }).click();
  await expect.poll(() => text(ann, '#settings-note'), PATIENCE).toContain('are changed');

  await bob.locator('#setting-value').fill('event-only');
  await bob.getByRole('button', { name: 'Change it' }).click();
  await expect
    .poll(() => text(bob, '#settings-note'), PATIENCE)
    .toMatch(
      /Nothing is changed.*ann changed app\.sync\.mode from the value of the start to hybrid, .*“a try”/s,
    );
  expect(await storedValue(shared, MODE)).toBe('"hybrid"');
  await bob.getByRole('button', { name: `Change ${MODE}` }).click();
  expect(await bob.locator('#setting-value').inputValue()).toBe('hybrid');
  await bob.locator('#setting-value').fill('event-only');
  await bob.getByRole('button', { name: 'Change it' }).click();
  await expect.poll(() => storedValue(shared, MODE), PATIENCE).toBe('"event-only"');
  await set(shared, MODE, null);
});

it('one change is undone, with what others did since told before, and not over what one has not seen', async () => {
  const shared = await system();
  for (const ms of [1100, 1200, 1300]) await set(shared, TIMEOUT, ms);
  const { page } = await lookAs(tests, shared, BOB.token);
  await page.locator('#settings-history summary').click();
  const rows = page.locator('#history-list tbody tr', { hasText: TIMEOUT });
  await expect.poll(() => rows.count(), PATIENCE).toBe(3);
  await picture(page.locator('#settings-history'), 'history');
  const second = rows.nth(1).getByRole('button', { name: /Undo change/ });

  await second.click();
  await expect
    .poll(() => actDialog(page).textContent(), PATIENCE)
    .toMatch(
      /Sets app\.sync\.async-timeout-ms to 1100\..*ann has set app\.sync\.async-timeout-ms to 1300 since/,
    );
  await set(shared, MODE, 'hybrid');
  await page.locator('#act-do').click();
  await expect
    .poll(() => text(page, '#history-note'), PATIENCE)
    .toMatch(/Nothing is changed.*ann changed app\.sync\.mode/s);
  expect(await storedValue(shared, TIMEOUT)).toBe('1300');
  await expect.poll(() => page.locator('#history-list tbody tr').first().textContent()).toContain(MODE);

  await second.click();
  await page.locator('#act-do').click();
  await expect.poll(() => storedValue(shared, TIMEOUT), PATIENCE).toBe('1100');
  await expect.poll(() => text(page, '#history-note'), PATIENCE).toContain('Undone');
  await expect.poll(() => rows.first().textContent(), PATIENCE).toMatch(/bob.*Undoes change/s);
  for (const name of [TIMEOUT, MODE]) await set(shared, name, null);
});

const FAILING = { cause: 'REDIS_UNREACHABLE', forMs: 5000 };

/** Has Redis hold the heartbeats of so many more pods, which say that they take 10 writes a second each. */
async function morePods({ space }: System, count: number): Promise<void> {
  const redis = new Redis(space.env.REDIS_URL);
  const roster = new CacheKeys(space.env.HYBRID_SYNC_NAMESPACE, 32).pods();
  const word = (failing: object | null) =>
    JSON.stringify({
      activeThreads: 1,
      maxThreads: 10,
      circuitBreakers: { fast: 'half-open', outbox: 'closed' },
      idle: false,
      writesPerSec: { ASYNC_THREAD: 9, EVENT_BASED: 1, JOURNALED: 0, refused: 0 },
      p99Ms: 77,
      failing,
    });
  const beat = async () => {
    const [seconds] = await redis.time();
    await redis.hset(
      roster,
      Object.fromEntries(
        Array.from({ length: count }, (_, n) => [
          `far-${n}-7-ab`,
          `${seconds}000 ${word(n === 30 ? FAILING : null)}`,
        ]),
      ),
    );
  };
  let last = beat();
  await last;
  const beats = setInterval(() => {
    last = beat();
  }, 500);
  tests.own(async () => {
    clearInterval(beats);
    await last;
    redis.disconnect();
  });
}

it('fifty pods are shown together and each alone, by one question a second to one of them', async () => {
  const shared = await system();
  await morePods(shared, 49);
  const { page } = await lookAs(tests, shared, READER.token);
  const asked: string[] = [];
  page.on('request', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith('/dashboard')) asked.push(pathname);
  });
  await page.locator('#views a', { hasText: 'Pods' }).click();
  const rows = page.locator('#pods-table tbody tr');
  await expect.poll(() => rows.count(), PATIENCE).toBe(50);
  await expect.poll(() => text(page, '#sum-writes'), PATIENCE).toBe('490');
  expect(await rows.first().textContent(), 'the worst are first').toContain('far-30-7');
  expect(await text(page, '#sum-fast')).toBe('90 %');
  expect(await text(page, '#sum-latency')).toBe('77 ms');
  expect(await rows.filter({ hasText: 'far-12-7' }).textContent()).toMatch(
    /breaker: fast path half-open.*does not answer here/,
  );
  await expect.poll(() => text(page, '#projectors-table'), PATIENCE).toContain('drains succeed');
  await picture(page, 'pods');
  expect(await accessFaults(page)).toEqual([]);
  // The same question again and again, and no other one for any of the pods.
  await expect.poll(() => asked.filter((path) => path === '/sync/stats').length, PATIENCE).toBeGreaterThan(2);
  expect([...new Set(asked)].sort()).toEqual(['/sync/history', '/sync/stats']);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await isTooWide(page)).toBe(false);

  await rows.getByRole('button', { name: /Show/ }).click();
  await expect.poll(() => page.locator('#flow').isVisible(), PATIENCE).toBe(true);
  const before = asked.filter((path) => path === '/sync/stats').length;
  await expect
    .poll(() => asked.filter((path) => path === '/sync/history').length, PATIENCE)
    .toBeGreaterThan(8);
  expect(asked.filter((path) => path === '/sync/stats').length - before).toBeLessThan(2);
});

it('the dialogs that pause and undo are accessible and fit', async () => {
  const shared = await system();
  await set(shared, TIMEOUT, 1500);
  const { page } = await lookAs(tests, shared, ANN.token);
  await page.getByRole('button', { name: 'Pause the projectors' }).click();
  await actDialog(page).waitFor();
  await looks(page, 'pause');
  await page.keyboard.press('Escape');
  await page.locator('#settings-history summary').click();
  const undo = page.getByRole('button', { name: /Undo change/ });
  await undo.first().click();
  await actDialog(page).waitFor();
  await looks(page, 'undo');
});
