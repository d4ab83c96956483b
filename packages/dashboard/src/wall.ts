import { hashOf } from './address.js';

/**
 * Shows, where the page hangs on a wall (`?wall`, `?wall=dark`, `?wall=light`), the state and the sums of all pods, large,
 * and nothing to press. The page's style does the rest.
 */
export function becomeWall(): void {
  const wall = new URLSearchParams(location.search).get('wall');
  if (wall === null) return;
  document.body.dataset.wall = '';
  if (wall === 'dark' || wall === 'light') document.documentElement.dataset.theme = wall;
  history.replaceState(null, '', `${location.search}${hashOf('pods')}`);
}
