import { askBeside } from './beside.js';
import { byId, setText } from './dom.js';

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
  const caller = await askBeside<Caller>('caller', token);
  const place = byId('caller', HTMLElement);
  // Where the api takes no tokens, everybody may do everything.
  place.hidden = caller === undefined || token === undefined;
  setText(place, caller === undefined ? '' : `${caller.name} (${caller.role})`);
  document.body.dataset.role = caller?.role ?? '';
}
