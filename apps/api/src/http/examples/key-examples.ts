import type { ToolName } from '@hybrid-sync/tool-contract';
import { ANSWERED_AT, EXPIRE_AT, VERSION } from './example-parts.js';
import type { ToolExample } from './tool-example.js';

const CACHED = {
  version: VERSION,
  bytes: 14,
  preview: '{"name":"Ada"}',
  cut: false,
  expireAt: EXPIRE_AT,
};
const COPIED = {
  version: VERSION,
  state: 'present',
  method: 'ASYNC_THREAD',
  writtenAt: '2026-11-23T13:01:14.869Z',
  expireAt: EXPIRE_AT,
} as const;

/** Of the tools that look at keys on both sides. */
export const KEY_EXAMPLES = {
  hybrid_sync_keys: {
    arguments: { prefix: 'user:', limit: 1 },
    answer: {
      keys: [{ key: 'user:42', cache: CACHED, shadow: COPIED }],
      cursor: 'user:42',
      timestamp: ANSWERED_AT,
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
          version: VERSION,
          places: ['shadow', 'cache'],
          op: 'set',
          at: '2026-11-23T13:01:14.869Z',
          method: 'ASYNC_THREAD',
          expireAt: EXPIRE_AT,
        },
      ],
      complete: true,
      timestamp: ANSWERED_AT,
    },
  },
} satisfies { readonly [Name in ToolName]?: ToolExample<Name> };
