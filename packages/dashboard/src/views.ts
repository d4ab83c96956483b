import { hashOf, type Place, placeOf, type ViewName } from './address.js';
import { byId, setAttributes, setText } from './dom.js';

/** Told each time its view is shown, also for another detail of it. */
export type OnShown = (detail: string) => void;

const NAMES: Readonly<Record<ViewName, string>> = {
  overview: 'Overview',
  pods: 'Pods',
  keys: 'Keys',
  mend: 'Mend',
};

/**
 * Shows one view at a time: the one that the address names, so that a view has a link, and the browser's back leads to
 * the one before. What is of a view has `data-view` with its name.
 */
export class Views {
  readonly #shown: Readonly<Record<ViewName, OnShown>>;
  #place: Place = { view: 'overview', detail: '' };

  constructor(shown: Readonly<Record<ViewName, OnShown>>) {
    this.#shown = shown;
    addEventListener('hashchange', () => this.#follow(true));
    // A link to where the page is already changes no address, and leads there all the same.
    document.addEventListener('click', ({ target }) => {
      const link = target instanceof Element ? target.closest('a') : null;
      if (link?.hash && link.hash === location.hash) this.#follow(true);
    });
    // As a link it would change the address.
    byId('skip', HTMLAnchorElement).addEventListener('click', (event) => {
      event.preventDefault();
      byId('view-title', HTMLElement).focus();
    });
  }

  /** Shows what the address names. */
  start(): void {
    this.#follow(false);
  }

  /** The view that is shown. */
  get view(): ViewName {
    return this.#place.view;
  }

  /** Goes to a place, as a link there would. */
  go(view: ViewName, detail = ''): void {
    location.hash = hashOf(view, detail);
  }

  /** `moved`: whether the reader came from another place of the page, and is to be told of the new one. */
  #follow(moved: boolean): void {
    const place = placeOf(location.hash);
    if (place === undefined) return;
    const title = byId('view-title', HTMLElement);
    const other = place.view !== this.#place.view;
    this.#place = place;
    for (const part of document.querySelectorAll<HTMLElement>('[data-view]')) {
      part.hidden = part.dataset.view !== place.view;
    }
    for (const link of document.querySelectorAll<HTMLAnchorElement>('#views a')) {
      setAttributes(link, { 'aria-current': link.hash === hashOf(place.view) && 'page' });
    }
    document.body.dataset.shown = place.view;
    document.title = `${NAMES[place.view]} · hybrid-sync`;
    setText(title, NAMES[place.view]);
    if (moved && other) {
      title.focus({ preventScroll: true });
      scrollTo(0, 0);
    }
    this.#shown[place.view](place.detail);
  }
}
