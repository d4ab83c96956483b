import type { ToolName } from '@hybrid-sync/tool-contract';
import { ANSWERED_AT, EXPIRE_AT, SET, VERSION, WRITTEN } from './example-parts.js';
import type { ToolExample } from './tool-example.js';

/** Of the tools for the pairs themselves. */
export const PAIR_EXAMPLES = {
  kv_set: {
    arguments: { key: 'user:42', value: '{"name": "Ada"}', ttlSec: 3600 },
    answer: SET,
  },
  kv_get: {
    arguments: { key: 'user:42' },
    answer: {
      found: true,
      key: 'user:42',
      value: '{"name": "Ada"}',
      version: VERSION,
      expireAt: EXPIRE_AT,
    },
  },
  kv_mdel: {
    arguments: { keys: ['user:42', 'user:43'] },
    answer: {
      done: 2,
      failed: 0,
      results: [
        { op: 'del', method: 'ASYNC_THREAD', key: 'user:42', version: VERSION, existed: true },
        { op: 'del', method: 'ASYNC_THREAD', key: 'user:43', version: 1795438874869655, existed: false },
      ],
    },
  },
  kv_mget: {
    arguments: { keys: ['user:42', 'user:43'] },
    answer: {
      pairs: [
        {
          found: true,
          key: 'user:42',
          value: '{"name": "Ada"}',
          version: VERSION,
          expireAt: EXPIRE_AT,
        },
        { found: false, key: 'user:43' },
      ],
    },
  },
  kv_ttl: {
    arguments: { key: 'user:42' },
    answer: { found: true, key: 'user:42', ttlSec: 3600, expireAt: EXPIRE_AT },
  },
  kv_scan: { arguments: { prefix: 'user:', limit: 1000 }, answer: { keys: ['user:42'], cursor: '0' } },
  kv_expire: {
    arguments: { key: 'user:42', ttlSec: 3600 },
    answer: SET,
  },
  kv_incr: {
    arguments: { key: 'visits:42', by: 1 },
    answer: { ...WRITTEN, key: 'visits:42', sum: 7 },
  },
  kv_batch: {
    arguments: {
      operations: [
        { op: 'set', key: 'user:42', value: 'Ada', ttlSec: 3600 },
        { op: 'expire', key: 'user:42', ttlSec: 7200 },
        { op: 'incr', key: 'visits:42', by: 1 },
        { op: 'del', key: 'user:43' },
      ],
    },
    answer: {
      done: 4,
      failed: 0,
      results: [
        {
          op: 'set',
          method: 'ASYNC_THREAD',
          key: 'user:42',
          version: VERSION,
          expireAt: EXPIRE_AT,
        },
        {
          op: 'expire',
          method: 'ASYNC_THREAD',
          key: 'user:42',
          version: 1795438874869655,
          expireAt: '2026-11-23T15:01:14.869Z',
        },
        { op: 'incr', method: 'ASYNC_THREAD', key: 'visits:42', version: VERSION, sum: 7 },
        { op: 'del', method: 'ASYNC_THREAD', key: 'user:43', version: VERSION, existed: false },
      ],
    },
  },
  kv_del: {
    arguments: { key: 'user:42' },
    answer: { ...WRITTEN, existed: true },
  },
  kv_del_prefix: {
    arguments: { prefix: 'user:' },
    answer: {
      applied: false,
      complete: true,
      cursor: null,
      stopped: null,
      keys: 1,
      shadowOnly: 0,
      deleted: 0,
      samples: ['user:42'],
      seconds: 0.02,
      keysPerSecond: 50,
      timestamp: ANSWERED_AT,
    },
  },
} satisfies { readonly [Name in ToolName]?: ToolExample<Name> };
