import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testSpace } from '@hybrid-sync/services/test-space';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type AttackCost, attackAll, faultsIn } from './attack.js';
import { ATTACKS } from './attacks.js';

const HEAP_MB = 256;
const MIB = 1024 * 1024;
/**
 * Above what the pod needs without an attack, its heap, what all connections to Redis' port may hold, and a margin, since the
 * process keeps for a while what it has freed.
 */
const MOST_MEMORY = 900 * MIB;

const space = testSpace();
let costs: AttackCost[];
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-attack-test-'));
  const options = { heapMb: HEAP_MB, folder, seconds: 1, scale: 0.5, env: space.env };
  costs = await attackAll(options, () => undefined, new AbortController().signal);
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
  await space.clear();
});

it.each(ATTACKS.map(({ name }) => name))('the pod outlives %s, and another client is served', (name) => {
  const cost = costs.find((each) => each.name === name);
  expect(cost?.lived).toBe(true);
  // On a busy machine one may fail for its stores' sake.
  expect(Number(cost?.writes) - Number(cost?.failed)).toBeGreaterThan(0);
  expect(cost?.memoryBytes).toBeLessThan(MOST_MEMORY);
});

it('a pod that died, a write that failed and one that took too long are faults', () => {
  const [quiet] = costs;
  if (quiet === undefined) throw new Error('there is no row');
  const good = { ...quiet, slowestMs: 10 };
  expect(faultsIn([good])).toEqual([]);
  expect(faultsIn([{ ...good, lived: false }])).toEqual(['none: the pod died']);
  expect(faultsIn([{ ...good, failed: 2 }])).toEqual(['none: 2 writes of another client failed']);
  expect(faultsIn([{ ...good, slowestMs: 1001 }])).toEqual(['none: a write of another client took 1001 ms']);
});
