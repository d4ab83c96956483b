import { html } from './dom.js';
import { formatBytes } from './format.js';

/** A value as the tools show it: its beginning, or all of it. */
export interface PreviewedValue {
  readonly preview?: string | undefined;
  readonly bytes?: number | undefined;
  readonly cut?: boolean | undefined;
  readonly contentType?: string | undefined;
  readonly encoding?: string | undefined;
}

/** The beginning of a value in one line, with its length where it goes on. */
export function valueLine({
  preview = '',
  bytes = 0,
  cut = false,
  contentType,
}: PreviewedValue): HTMLElement {
  const long = cut ? [html('small', {}, ` ${formatBytes(bytes)}`)] : [];
  const type = contentType === undefined ? [] : [html('small', {}, ` ${contentType}`)];
  return html('div', { class: 'value-line' }, html('code', {}, preview), ...type, ...long);
}

/** A value as far as it is there; `where`: which one it is, for a screen reader. `onWhole`: asks for all of it. */
export function valueBlock(value: PreviewedValue, where: string, onWhole: () => void): HTMLElement {
  const { preview = '', bytes = 0, cut = false, encoding } = value;
  const about = encoding === undefined ? formatBytes(bytes) : `${formatBytes(bytes)}, shown in Base64`;
  return html(
    'div',
    { class: 'value-block' },
    // It may be longer than its place, and is then moved by keyboard, too.
    html(
      'pre',
      { tabindex: 0, role: 'region', 'aria-label': `The value in the ${where}` },
      html('code', {}, preview),
    ),
    html(
      'p',
      { class: 'note' },
      cut ? `The beginning of ${about}. ` : about,
      ...(cut ? [html('button', { type: 'button', onclick: onWhole }, 'Show all of it')] : []),
    ),
  );
}
