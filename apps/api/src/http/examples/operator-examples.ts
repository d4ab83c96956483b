import type { ToolName } from '@hybrid-sync/tool-contract';
import { ANSWERED_AT, BOTH_SIDES, COMPARED, DEAD_LETTER } from './example-parts.js';
import type { ToolExample } from './tool-example.js';

/** Of an operator's tools: settings, dead letters, comparing and mending. */
export const OPERATOR_EXAMPLES = {
  hybrid_sync_settings: {
    arguments: { name: 'app.sync.async-timeout-ms' },
    answer: {
      revision: 1,
      readAt: ANSWERED_AT,
      settings: [
        {
          name: 'app.sync.async-timeout-ms',
          environment: 'ASYNC_TIMEOUT_MS',
          value: 1500,
          hidden: false,
          source: 'run-time',
          by: 'ada',
          at: ANSWERED_AT,
          atRunTime: true,
          meaning:
            'The whole time that a client waits for the fast path, queueing included, in milliseconds.',
        },
      ],
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_settings_set: {
    arguments: { settings: { 'app.sync.async-timeout-ms': 1500 } },
    answer: {
      success: true,
      message: 'The settings are changed (revision 1); every pod and projector follows within a second.',
      revision: 1,
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_pause: {
    arguments: { part: 'projector', paused: true, reason: 'MongoDB is moved' },
    answer: {
      success: true,
      message: 'The projectors are paused (revision 9); every pod and projector follows within a second.',
      revision: 9,
      paused: [{ part: 'projector', by: 'deployer', at: ANSWERED_AT }],
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_settings_reset: {
    arguments: { names: ['app.sync.async-timeout-ms'] },
    answer: {
      success: true,
      applied: false,
      message: '1 settings would be as at the start again; nothing is changed without apply.',
      revision: 1,
      settings: [{ name: 'app.sync.async-timeout-ms', value: 1500 }],
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_settings_history: {
    arguments: { limit: 10 },
    answer: {
      revision: 1,
      changes: [
        {
          revision: 1,
          at: ANSWERED_AT,
          by: 'ada',
          reason: 'fewer timeouts',
          settings: [{ name: 'app.sync.async-timeout-ms', before: null, after: 1500 }],
        },
      ],
      cursor: null,
      timestamp: ANSWERED_AT,
    },
  },
  hybrid_sync_dead_letters: {
    arguments: { limit: 10 },
    answer: {
      success: true,
      message: '1 dead letters.',
      timestamp: ANSWERED_AT,
      deadLetters: [DEAD_LETTER],
      cursor: null,
    },
  },
  hybrid_sync_requeue_dead_letters: {
    arguments: { key: 'user:42' },
    answer: {
      success: true,
      message: '1 dead letters requeued.',
      timestamp: ANSWERED_AT,
      changed: 1,
    },
  },
  hybrid_sync_discard_dead_letters: {
    arguments: { key: 'user:42' },
    answer: {
      success: true,
      message: '1 dead letters would be discarded; nothing is changed without apply.',
      timestamp: ANSWERED_AT,
      changed: 0,
      applied: false,
      found: 1,
      deadLetters: [DEAD_LETTER],
    },
  },
  verify_cache_sync: {
    arguments: { prefix: 'user:' },
    answer: {
      ...COMPARED,
    },
  },
  verify_key_sync: {
    arguments: { key: 'user:42' },
    answer: {
      key: 'user:42',
      state: 'IN_SYNC',
      kind: null,
      ...BOTH_SIDES,
      timestamp: ANSWERED_AT,
    },
  },
  get_cache_ttl_info: {
    arguments: { key: 'user:42' },
    answer: {
      key: 'user:42',
      ...BOTH_SIDES,
      agree: true,
      timestamp: ANSWERED_AT,
    },
  },
  force_sync_repair: {
    arguments: { prefix: 'user:' },
    answer: {
      applied: false,
      plan: { toShadow: 0, toCache: 0 },
      done: { resynced: 0, restored: 0, removed: 0, changedMeanwhile: 0, failed: 0 },
      ...COMPARED,
    },
  },
  restore_cache: {
    arguments: { prefix: 'user:' },
    answer: {
      complete: true,
      shadows: 1,
      restored: 0,
      removed: 0,
      newer: 1,
      leftOut: 0,
      foreign: 0,
      seconds: 0.02,
      keysPerSecond: 50,
      expected: 1,
      cursor: null,
      stopped: null,
      timestamp: ANSWERED_AT,
    },
  },
  import_plain_keys: {
    arguments: { match: 'session:*' },
    answer: {
      applied: false,
      complete: true,
      seen: 1,
      reserved: 0,
      importable: 1,
      imported: 0,
      known: 0,
      otherTypes: 0,
      unfit: 0,
      samples: ['session:7'],
      leftOut: [],
      seconds: 0.02,
      keysPerSecond: 50,
      cursor: null,
      stopped: null,
      timestamp: ANSWERED_AT,
    },
  },
} satisfies { readonly [Name in ToolName]?: ToolExample<Name> };
