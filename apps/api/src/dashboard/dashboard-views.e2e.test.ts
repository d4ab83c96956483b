import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, headline, PATIENCE } from '../testing/dashboard-system.js';
import { accessFaults } from '../testing/page-faults.js';
import { looks } from './testing/looks.js';

const tests = dashboardTests();
const text = (page: Page, place: string) => page.locator(place).textContent();

/** Pauses the projectors, or takes that back. */
async function pauseProjectors({ url }: { readonly url: string }, paused: 'true' | null): Promise<void> {
  const answer = await fetch(`${url}/sync/settings`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ settings: { 'app.projector.paused': paused } }),
  });
  expect(answer.status).toBe(200);
}

describe('the views of the page', () => {
  it('are reached by links and by keyboard, have addresses of their own, and the browser goes back', async () => {
    const { page, complaints } = await tests.openShared();
    const current = () => page.locator('#views [aria-current="page"]').allTextContents();
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
    expect(await current()).toEqual(['Overview']);
    expect(await page.locator('#flow').isVisible()).toBe(true);

    await page.locator('#views a', { hasText: 'Keys' }).press('Enter');
    await expect.poll(current, PATIENCE).toEqual(['Keys']);
    expect(await page.title()).toBe('Keys · hybrid-sync');
    expect(await page.locator('#flow').isVisible()).toBe(false);
    expect(await page.locator('#view-title:focus').textContent()).toBe('Keys');

    await page.goBack();
    await expect.poll(current, PATIENCE).toEqual(['Overview']);
    expect(await page.locator('#flow').isVisible()).toBe(true);
    expect(complaints).toEqual([]);
  });

  it('are shown at once by a deep link; a hash of no view changes nothing', async () => {
    const { api } = await tests.shared();
    const { page, complaints } = await tests.look(api, {}, '/dashboard#mend');
    await expect
      .poll(() => page.locator('#views [aria-current]').allTextContents(), PATIENCE)
      .toEqual(['Mend']);
    await page.evaluate("location.hash = '#main'");
    await page.keyboard.press('Tab');
    await page.locator('#skip').press('Enter');
    expect(await page.locator('#view-title:focus').textContent()).toBe('Mend');
    expect(await page.locator('#mend').getAttribute('hidden')).toBeNull();
    await page.locator('#views a', { hasText: 'Overview' }).click();
    await expect.poll(() => page.locator('[data-plot] canvas').count(), PATIENCE).toBe(6);
    expect(complaints).toEqual([]);
  });
});

it.each([
  ['#overview', '#spans button'],
  ['#keys', '#try-form button'],
  ['#mend', '#job-verify button'],
])('%s: the first answer moves nothing that a reader is about to press', async (view, button) => {
  const { api } = await tests.shared();
  const { page } = await tests.look(api, {}, `/dashboard${view}`);
  let answer: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route('**/sync/history?*', async (route) => {
    await held;
    await route.continue();
  });
  await page.reload();
  const place = () => page.locator(button).first().boundingBox();
  const before = await place();
  expect(before).not.toBeNull();
  answer();
  await expect.poll(() => text(page, '#live'), PATIENCE).toBe('live');
  await picture(page, `answered-${view.slice(1)}`);
  expect(await place()).toEqual(before);
});

/** Has the page remember what had the focus. */
const WATCH_FOCUS =
  "window.reached = new Set(); addEventListener('focusin', ({ target }) => window.reached.add(target));";
/** What can be used and never had the focus. */
const NOT_REACHED = `[...document.querySelectorAll('a[href], button, input, select, textarea')]
  .filter((each) => each.checkVisibility() && !each.disabled && !window.reached.has(each))
  .map((each) => each.outerHTML.slice(0, 100))`;
/** More than all that any view has. */
const MOST_PRESSES = 300;

it.each(['overview', 'pods', 'keys', 'mend'])(
  'the Tab key alone reaches all of the view %s',
  async (view) => {
    const { api } = await tests.shared();
    const { page } = await tests.look(api, {}, `/dashboard#${view}`);
    await expect.poll(() => page.locator('#live').textContent(), PATIENCE).toBe('live');
    await page.evaluate(WATCH_FOCUS);
    for (let presses = 0; presses < MOST_PRESSES; presses++) {
      await page.keyboard.press('Tab');
      if (presses % 20 === 0 && ((await page.evaluate(NOT_REACHED)) as string[]).length === 0) break;
    }
    expect(await page.evaluate(NOT_REACHED)).toEqual([]);
  },
);

it.each([
  ['fast', 'The fast path is being tried again', 'fastQueue', 'Fast path breaker◐ half-open'],
  ['outbox', 'The outbox is being tried again', 'outbox', 'Outbox breaker◐ half-open'],
] as const)(
  'a half-open breaker of the %s route is the headline, with the reason, and is seen as such',
  async (name, headlines, node, card) => {
    const { api } = await tests.shared();
    const { page } = await tests.look(api, {}, '/dashboard#keys');
    await page.route('**/sync/history?*', async (route) => {
      const answer = await route.fetch();
      const said = (await answer.json()) as { circuitBreakers: Record<string, object> };
      const openedAt = new Date(Date.now() - 5000).toISOString();
      const circuitBreakers = { ...said.circuitBreakers, [name]: { state: 'half-open', openedAt } };
      await route.fulfill({ response: answer, json: { ...said, circuitBreakers } });
    });
    await page.locator('#views a', { hasText: 'Overview' }).click();
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe(headlines);
    expect(await text(page, '#verdict-reasons')).toMatch(
      /breaker is half-open .* until the probe that is under way succeeds/,
    );
    expect(await page.locator(`[data-node="${node}"]`).getAttribute('data-gate')).toBe('half-open');
    expect(await text(page, `[data-node="${node}"]`)).toContain('◐ breaker half-open');
    expect(await text(page, '#breakers-card')).toContain(card);
    if (name === 'fast') await looks(page, 'half-open');
  },
);

it.each(['light', 'dark'] as const)(
  'on a wall it is read from five metres, %s, with nothing to press',
  async (colorScheme) => {
    const { api } = await tests.shared();
    await pauseProjectors(api, 'true');
    tests.own(() => pauseProjectors(api, null));
    const viewport = { width: 1920, height: 1080 };
    const { page } = await tests.look(api, { viewport, colorScheme }, '/dashboard?wall');
    await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('The projectors are paused');
    await expect.poll(() => text(page, '#pauses'), PATIENCE).toContain('by local');
    await expect.poll(() => text(page, '#sum-pods'), PATIENCE).toBe('1');
    await picture(page, `wall-${colorScheme}`);
    const seen = (await page.evaluate(`({
    pressed: [...document.querySelectorAll('button, a, select, input, summary')].filter((each) => each.checkVisibility()).length,
    smallest: Math.min(...[...document.querySelectorAll('main *')].filter((each) => each.checkVisibility() && each.childElementCount === 0 && each.textContent !== '' && !each.matches('.unseen')).map((each) => Number.parseFloat(getComputedStyle(each).fontSize))),
    headline: Number.parseFloat(getComputedStyle(document.querySelector('#verdict-headline')).fontSize),
    scrolls: document.documentElement.scrollHeight > innerHeight,
  })`)) as { pressed: number; smallest: number; headline: number; scrolls: boolean };
    // Of a screen 68 cm high, 3 % are 2 cm.
    expect(seen).toMatchObject({ pressed: 0, scrolls: false });
    expect(seen.smallest).toBeGreaterThan(0.03 * viewport.height);
    expect(seen.headline).toBeGreaterThan(0.08 * viewport.height);
    expect(await accessFaults(page)).toEqual([]);
  },
);
