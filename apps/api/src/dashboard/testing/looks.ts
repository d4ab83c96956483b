import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { picture } from '../../testing/browser.js';
import { accessFaults, COLOUR_RULES, isTooWide } from '../../testing/page-faults.js';

/** Looks at what is shown as it is at a desk and on a phone, light and dark: accessible, and no wider than its place. */
export async function looks(page: Page, name: string): Promise<void> {
  for (const [width, colorScheme, rules] of [
    [1440, 'light', undefined],
    [1440, 'dark', COLOUR_RULES],
    [390, 'light', undefined],
    [390, 'dark', COLOUR_RULES],
  ] as const) {
    await page.setViewportSize({ width, height: 900 });
    await page.emulateMedia({ colorScheme });
    const look = `${name}${width === 390 ? '-phone' : ''}${colorScheme === 'dark' ? '-dark' : ''}`;
    await page.evaluate('window.scrollTo(0, 0)');
    await picture(page, look);
    expect(await accessFaults(page, rules), look).toEqual([]);
    expect(await isTooWide(page), look).toBe(false);
  }
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize({ width: 1440, height: 900 });
}
