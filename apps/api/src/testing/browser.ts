import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Locator, Page, PageScreenshotOptions } from 'playwright-core';

/** A page, and what it did that it should not do. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings on its console, and exceptions that nobody caught. */
  readonly complaints: string[];
  /** Requests to other servers than the one under test. */
  readonly strayRequests: string[];
}

/**
 * Opens an address in a context of its own, and watches. Nothing moves on the page unless `options` want it: without a
 * graphics card dots that move are drawn by the processor, sixty times a second, as long as the page is open.
 */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1280, height: 900 },
    reducedMotion: 'reduce',
    ...options,
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  const strayRequests: string[] = [];
  const { origin } = new URL(url);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type()))
      complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('request', (request) => {
    const address = request.url();
    if (!address.startsWith(`${origin}/`) && !address.startsWith('data:')) strayRequests.push(address);
  });
  await page.goto(url);
  return { page, complaints, strayRequests };
}

/**
 * Waits until a page, or a part of one, is drawn as it is now, and keeps a picture of it in the folder that
 * `SCREENSHOTS_DIR` names; without that folder none is made.
 * @param name of the picture's file, without its extension
 */
export async function picture(
  place: Page | Locator,
  name: string,
  options: Pick<PageScreenshotOptions, 'clip' | 'fullPage'> = {},
): Promise<void> {
  const folder = process.env.SCREENSHOTS_DIR;
  if (folder) await place.screenshot({ path: join(folder, `${name}.png`), ...options });
  else await ('page' in place ? place.page() : place).evaluate(DRAWN);
}

/** Resolves once the second frame from now begins: then the first one is drawn. */
const DRAWN = 'new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(() => drawn())))';
