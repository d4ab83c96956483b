import { byId, setText } from './dom.js';

/** Longest wait for the answer, in milliseconds. */
const DEADLINE_MS = 5000;

/** Who the api takes the page's reader for. */
interface Caller {
  readonly name: string;
  readonly role: string;
}

/**
 * Shows whose token the page sends and which role that has. The page's style then marks what needs a higher one; the api
 * refuses it in any case. `token`: undefined for none.
 */
export async function showCaller(token: string | undefined): Promise<void> {
  const caller = await askedCaller(token);
  const place = byId('caller', HTMLElement);
  // Where the api takes no tokens, everybody may do everything.
  place.hidden = caller === undefined || token === undefined;
  setText(place, caller === undefined ? '' : `${caller.name} (${caller.role})`);
  document.body.dataset.role = caller?.role ?? '';
}

async function askedCaller(token: string | undefined): Promise<Caller | undefined> {
  try {
    // Relative to the page, so that it works under whatever path a proxy has.
    const response = await fetch('dashboard/caller', {
      cache: 'no-store',
      credentials: 'omit',
      redirect: 'error',
      signal: AbortSignal.timeout(DEADLINE_MS),
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
    });
    return response.ok ? ((await response.json()) as Caller) : undefined;
  } catch {
    // The page says in its headline that the api does not answer.
    return undefined;
  }
}
