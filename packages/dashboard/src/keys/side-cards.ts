import type { ToolResult } from '@hybrid-sync/tool-contract';
import { html } from '../dom.js';
import { formatAgo, formatDate } from '../format.js';
import { nameList } from '../tables.js';
import { valueBlock } from '../value-view.js';
import { standingOf } from './standing.js';

type Shown = ToolResult<'hybrid_sync_key'>;

/** What the cache has of a key; `onWhole`: asks for whole values. */
export function cacheCard({ cache, ...shown }: Shown, onWhole: () => void): HTMLElement {
  const { words, tone } = standingOf({ cache, shadow: shown.shadow });
  const pill = html('span', { class: `pill ${tone}`, id: 'key-standing' }, words);
  if (cache === null) return side('Cache', 'Redis', [pill], html('p', { class: 'note' }, 'Nothing.'));
  return side(
    'Cache',
    'Redis',
    [pill],
    nameList([
      ['version', html('code', {}, String(cache.version))],
      ['expires', expiry(cache.expireAt)],
      ['type', cache.contentType ?? 'text'],
      ['slot', shown.slot],
    ]),
    valueBlock(cache, 'cache', onWhole),
  );
}

/** The same of the shadow store. */
export function shadowCard({ shadow, foreign }: Shown, onWhole: () => void): HTMLElement {
  if (shadow === null) {
    const words = foreign ? "What lies in the shadow's place is none of ours." : 'Nothing.';
    return side('Shadow', 'MongoDB', [], html('p', { class: 'note' }, words));
  }
  const { version, state, method, fallbackReason, writtenAt, sessionId, interactionId } = shadow;
  return side(
    'Shadow',
    'MongoDB',
    [html('span', { class: `pill ${state === 'present' ? '' : 'warning'}` }, state)],
    nameList([
      ['version', html('code', {}, String(version))],
      ['expires', expiry(shadow.expireAt)],
      ['type', state === 'deleted' ? undefined : (shadow.contentType ?? 'text')],
      ['how it came', [method, fallbackReason].filter(Boolean).join(', ') || undefined],
      [
        'written',
        writtenAt === undefined
          ? undefined
          : `${formatDate(writtenAt)}, ${formatAgo(Date.now() - Date.parse(writtenAt))}`,
      ],
      ['session', sessionId],
      ['interaction', interactionId],
    ]),
    ...(state === 'deleted' ? [] : [valueBlock(shadow, 'shadow store', onWhole)]),
  );
}

function side(name: string, store: string, pills: readonly Node[], ...content: readonly Node[]): HTMLElement {
  const id = `key-${name.toLowerCase()}`;
  const title = html('h2', { id: `${id}-title` }, `${name} `, html('small', {}, store));
  const head = html('div', { class: 'head' }, title, ...pills);
  return html('section', { id, class: 'card', 'aria-labelledby': `${id}-title` }, head, ...content);
}

function expiry(at: string | undefined): string {
  return at === undefined ? 'never' : formatDate(at);
}
