import { createToken, type Role } from '@hybrid-sync/access-tokens';
import type { BrowserContextOptions, Page } from 'playwright-core';
import { expect } from 'vitest';
import type { WatchedPage } from '../../testing/browser.js';
import type { DashboardTests, System } from '../../testing/dashboard-system.js';

/** Someone with a token, as `API_TOKENS` names them. */
const person = (name: string, role: Role) => ({ name, role, ...createToken({ name, role }) });

/** Has the role read. */
export const READER = person('reader', 'read');
/** Has the role write. */
export const WRITER = person('writer', 'write');
/** Has the role admin. */
export const ANN = person('ann', 'admin');
/** Has the role admin, too. */
export const BOB = person('bob', 'admin');

/** The api's environment that lets all of them in, and nobody else. */
export const TOKENS = { API_TOKENS: [READER, WRITER, ANN, BOB].map(({ entry }) => entry).join(' ') };

/** Opens the page with a token, at a desk unless said otherwise. */
export async function lookAs(
  tests: DashboardTests,
  { api }: Pick<System, 'api'>,
  token: string,
  options: BrowserContextOptions = {},
  path = '/dashboard',
): Promise<WatchedPage> {
  const watched = await tests.look(api, options, path);
  await giveToken(watched.page, token);
  return watched;
}

/** Answers the page's question for a token; `shown`: whether the page then tells whose it is. */
export async function giveToken(page: Page, token: string, shown = true): Promise<void> {
  await page.locator('#token-dialog').waitFor();
  await page.locator('#token').fill(token);
  await page.locator('#token').press('Enter');
  await page.locator('#token-dialog').waitFor({ state: 'hidden' });
  if (shown) await page.locator('#caller').filter({ hasText: '(' }).waitFor();
}

/** Asks the api of someone who may do everything. */
export async function askAsAdmin(
  { url }: { readonly url: string },
  method: string,
  path: string,
  body: object,
): Promise<{ method?: string }> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${ANN.token}` };
  const answer = await fetch(`${url}${path}`, { method, headers, body: JSON.stringify(body) });
  expect(answer.status).toBe(200);
  return (await answer.json()) as { method?: string };
}
