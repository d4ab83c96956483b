import { describe, expect, it } from 'vitest';
import { dashboardTests, headline, PATIENCE } from '../testing/dashboard-system.js';

const tests = dashboardTests();

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
