import { join } from 'node:path';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';

/** A page, and what it did that it should not do. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings on its console, and exceptions that nobody caught. */
  readonly complaints: string[];
  /** Requests to other servers than the one under test. */
  readonly strayRequests: string[];
}

/** Opens an address in a context of its own, and watches. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<WatchedPage> {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...options });
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

/** Keeps a picture in the folder that `SCREENSHOTS_DIR` names; without it a picture is made and kept nowhere. */
export function keptAs(name: string): { path?: string } {
  const folder = process.env.SCREENSHOTS_DIR;
  return folder ? { path: join(folder, `${name}.png`) } : {};
}
