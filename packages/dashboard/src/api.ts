import { HybridSyncClient } from './client/index.js';

/** The api that served this page. */
export type Api = HybridSyncClient;

/**
 * The api that served this page, called once each time: a page asks again by itself. `token`: the one to send, asked for at
 * each call; undefined for none.
 */
export function apiOfPage(token: () => string | undefined): Api {
  // Relative to the page, so that it works under whatever path a proxy has.
  const { href } = new URL('.', `${location.origin}${location.pathname}`);
  return new HybridSyncClient({ url: href, token, retries: 0 });
}
