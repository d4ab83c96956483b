import type { ToolName } from '@hybrid-sync/tool-contract';
import type { ToolExample } from './tool-example.js';

const CACHED = {
  version: 1795438874869653,
  bytes: 14,
  preview: '{"name":"Ada"}',
  cut: false,
  expireAt: '2026-11-23T14:01:14.869Z',
};
const COPIED = {
  version: 1795438874869653,
  state: 'present',
  method: 'ASYNC_THREAD',
  writtenAt: '2026-11-23T13:01:14.869Z',
  expireAt: '2026-11-23T14:01:14.869Z',
} as const;

/** Of the tools that look at keys on both sides. */
export const KEY_EXAMPLES = {
  hybrid_sync_keys: {
    arguments: { prefix: 'user:', limit: 1 },
    answer: {
      keys: [{ key: 'user:42', cache: CACHED, shadow: COPIED }],
      cursor: 'user:42',
      timestamp: '2026-11-23T13:01:14.875Z',
    },
  },
  hybrid_sync_key: {
    arguments: { key: 'user:42' },
    answer: {
      key: 'user:42',
      slot: 11,
      cache: CACHED,
      shadow: { ...COPIED, bytes: 14, preview: '{"name":"Ada"}', cut: false },
      foreign: false,
      versions: [
        {
          version: 1795438874869653,
          places: ['shadow', 'cache'],
          op: 'set',
          at: '2026-11-23T13:01:14.869Z',
          method: 'ASYNC_THREAD',
          expireAt: '2026-11-23T14:01:14.869Z',
        },
      ],
      complete: true,
      timestamp: '2026-11-23T13:01:14.875Z',
    },
  },
} satisfies { readonly [Name in ToolName]?: ToolExample<Name> };
