import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSpace } from '@hybrid-sync/services/test-space';
import type { OpenAPIV3_1 } from 'openapi-types';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type PodUnderAttack, startPod } from '../pod-under-attack.js';
import { answerJudge } from './answer-judge.js';
import { fuzz } from './fuzz.js';

const REQUESTS = 600;
const HEAP_MB = 256;
const TIMEOUT_MS = 240_000;

const space = testSpace();
const { signal } = new AbortController();
let pod: PodUnderAttack;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-fuzz-test-'));
  pod = await startPod({ heapMb: HEAP_MB, folder, env: space.env }, signal);
}, TIMEOUT_MS);
afterAll(async () => {
  await pod.stop();
  await rm(folder, { recursive: true, force: true });
  await space.clear();
});

it(
  'whatever is asked for, no answer is of 5xx, and the document has each',
  async () => {
    const report = await fuzz({
      url: pod.url,
      token: pod.adminToken,
      requests: REQUESTS,
      seconds: 200,
      seed: 1,
      signal,
    });
    expect(report.faults).toEqual([]);
    expect(report.operations).toBeGreaterThan(25);
    // Both sorts are made up, or nothing much was tried.
    expect(report.byStatus['200']).toBeGreaterThan(20);
    expect(report.byStatus['400']).toBeGreaterThan(20);
  },
  TIMEOUT_MS,
);

it('an answer that the document does not have is a fault', async () => {
  const document = (await (await fetch(`${pod.url}/openapi.json`)).json()) as OpenAPIV3_1.Document;
  const judge = answerJudge(document);
  const type = 'application/json; charset=utf-8';
  const good = { found: false, key: 'k', ttlSec: null };
  const faultIn = (answer: object, status = 200, is = type) =>
    judge('kv_ttl', { status, type: is, text: JSON.stringify(answer) });
  expect(faultIn(good)).toBeUndefined();
  expect(faultIn({ ...good, ttlSec: 'long' })).toMatch(/does not fit .*ttlSec/);
  expect(faultIn(good, 418)).toBe('the document has no 418');
  expect(faultIn(good, 503)).toBe('answered 503');
  expect(faultIn(good, 200, 'text/html')).toBe('200 is of type text/html');
  expect(judge('kv_ttl', { status: 200, type, text: '{' })).toBe('the answer is no JSON');
});
