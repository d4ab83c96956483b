import type { ToolResult } from '@hybrid-sync/tool-contract';

/** A key as a list has it. */
export type ListedKey = ToolResult<'hybrid_sync_keys'>['keys'][number];

/** How the two sides of a key stand to each other at one look, which is no verdict: what is on its way may show. */
export interface KeyStanding {
  readonly words: string;
  readonly tone: 'good' | 'warning' | '';
}

const SIGNS: Readonly<Record<KeyStanding['tone'], string>> = { good: '✓ ', warning: '▲ ', '': '' };

/** How the sides of a key stand to each other. */
export function standingOf({ cache, shadow }: Pick<ListedKey, 'cache' | 'shadow'>): KeyStanding {
  if (shadow === null)
    return said(cache === null ? 'not known' : 'no shadow yet', cache === null ? '' : 'warning');
  if (cache === null)
    return said(
      shadow.state === 'present' ? 'not in the cache' : shadow.state,
      shadow.state === 'present' ? 'warning' : '',
    );
  if (cache.version === shadow.version) return said('same version', 'good');
  return said(cache.version > shadow.version ? 'shadow is behind' : 'cache is behind', 'warning');
}

function said(words: string, tone: KeyStanding['tone']): KeyStanding {
  return { words: `${SIGNS[tone]}${words}`, tone };
}
