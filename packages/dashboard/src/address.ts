/** The views of the page, one of which is shown. */
const VIEWS = ['overview', 'pods', 'keys', 'mend'] as const;
/** See {@link VIEWS}. */
export type ViewName = (typeof VIEWS)[number];

/** What the page's address names. */
export interface Place {
  readonly view: ViewName;
  /** What of the view is meant, such as a key; empty for the view itself. */
  readonly detail: string;
}

/** The place that a hash names: `#keys`, or `#keys/<key>`. Undefined for a hash that is of no view. */
export function placeOf(hash: string): Place | undefined {
  const [, name = '', detail = ''] = /^#?([^/]*)\/?(.*)$/s.exec(hash) ?? [];
  const view = name === '' ? 'overview' : VIEWS.find((each) => each === name);
  return view === undefined ? undefined : { view, detail: decoded(detail) };
}

/** The hash that names a place. It is relative, so that it holds behind a proxy's path prefix as well. */
export function hashOf(view: ViewName, detail = ''): string {
  return detail === '' ? `#${view}` : `#${view}/${encodeURIComponent(detail)}`;
}

/** What someone typed may be no encoding; then it is meant as it stands. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
