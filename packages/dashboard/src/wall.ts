import { hashOf } from './address.js';

/**
 * Whether the page hangs on a wall (`?wall`, `?wall=dark`, `?wall=light`): the state and the sums of all pods, large, and
 * nothing to press. The page's style does the rest.
 */
export function becomeWall(): boolean {
  const wall = new URLSearchParams(location.search).get('wall');
  if (wall === null) return false;
  document.body.dataset.wall = '';
  if (wall === 'dark' || wall === 'light') document.documentElement.dataset.theme = wall;
  history.replaceState(null, '', `${location.search}${hashOf('pods')}`);
  return true;
}
