import { ServicesError } from '@hybrid-sync/services';
import { expect, it } from 'vitest';
import { picture } from '../testing/browser.js';
import { dashboardTests, headline, numberAt, PATIENCE } from '../testing/dashboard-system.js';
import { accessFaults } from '../testing/page-faults.js';
import { WeekOfPrometheus } from '../testing/week-of-prometheus.js';

const tests = dashboardTests();

it('the plots go back seven days by what a real Prometheus has, and say so when it is away', async (test) => {
  const prometheus = await WeekOfPrometheus.start().catch((error: unknown) => {
    if (process.env.CI || !(error instanceof ServicesError)) throw error;
    return undefined;
  });
  if (prometheus === undefined) return test.skip('there is no Prometheus');
  tests.own(() => prometheus.stop());
  await expect.poll(() => prometheus.isReady(), PATIENCE).toBe(true);
  const { page, strayRequests, complaints } = await tests.open({
    PROMETHEUS_URL: prometheus.url,
    PROMETHEUS_SELECTOR: 'namespace="shop"',
  });
  await expect.poll(() => headline(page).textContent(), PATIENCE).toBe('All is well');
  const note = () => page.locator('#plots-note').textContent();
  await page.getByRole('button', { name: '7 d', exact: true }).click();
  await expect.poll(note, PATIENCE).toBe('Of all pods together, from Prometheus.');
  // Of the shop alone: the other deployment writes a million a second.
  const perSec = () => numberAt(page, '[data-plot="methods"] .legend b');
  await expect.poll(perSec, PATIENCE).toBeGreaterThan(5);
  expect(await perSec()).toBeLessThan(300);
  expect(await numberAt(page, '[data-plot="latency"] .legend b')).toBeGreaterThan(1);
  expect(await page.locator('[data-plot="backlog"] .scope').textContent()).toBe('all pods');
  expect(await page.locator('[data-plot="stores"]').isVisible()).toBe(false);
  await picture(page.locator('section', { has: page.locator('#plots') }), 'past');
  expect(await accessFaults(page)).toEqual([]);

  await prometheus.stop();
  await page.getByRole('button', { name: '6 h' }).click();
  await expect.poll(note, PATIENCE).toContain('can not be reached');
  await page.getByRole('button', { name: '15 min' }).click();
  await expect.poll(() => page.locator('[data-plot="stores"]').isVisible(), PATIENCE).toBe(true);
  expect(await note()).toBe('');
  expect(strayRequests).toEqual([]);
  expect(complaints).toEqual([]);
});
