import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type PopulationPlan, planPopulation } from './key-population.js';
import { findProfile, PROFILE_TABLE, type Profile, parseProfiles } from './profile.js';
import { type RunRequest, requestStream } from './requests.js';

const profiles = parseProfiles(readFileSync(PROFILE_TABLE, 'utf8'));
const REQUESTS = 30_000;

interface Run {
  readonly profile: Profile;
  readonly plan: PopulationPlan;
  readonly requests: readonly RunRequest[];
}

function run(name: string, seed = '1', count = REQUESTS): Run {
  const profile = findProfile(profiles, name);
  const plan = planPopulation(profile, count);
  return { profile, plan, requests: [...requestStream({ profile, plan, seed, prefix: 'replay:test1:' })] };
}

function countBy<T, K>(items: Iterable<T>, keyOf: (item: T) => K): Map<K, number> {
  const counts = new Map<K, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}

const isSet = (request: RunRequest) => request.op === 'set';

/** Five standard deviations of a count's share. */
const tolerance = (share: number, of: number) => 5 * Math.sqrt((share * (1 - share)) / of) + 1e-9;

describe('requestStream', () => {
  it('repeats itself for the same seed, and only for that', () => {
    expect(run('cluster14', 'a').requests).toEqual(run('cluster14', 'a').requests);
    expect(run('cluster14', 'a').requests).not.toEqual(run('cluster14', 'b').requests);
  });

  it('numbers its requests from 0', () => {
    expect(run('cluster12', '1', 100).requests.map(({ number }) => number)).toEqual([...Array(100).keys()]);
  });

  it.each(['cluster12', 'cluster14', 'cluster40', 'cluster10', 'cluster22'])(
    'has the operations of %s',
    (name) => {
      const { profile, requests } = run(name);
      const counts = countBy(requests, ({ op }) => op);
      for (const op of ['get', 'set', 'delete'] as const) {
        const kinds: string[] = op === 'set' ? ['set', 'add'] : [op];
        const share = profile.operations
          .filter(({ item }) => kinds.includes(item))
          .reduce((sum, part) => sum + part.share, 0);
        expect(Math.abs((counts.get(op) ?? 0) / REQUESTS - share)).toBeLessThanOrEqual(
          tolerance(share, REQUESTS),
        );
      }
    },
  );

  it.each(['cluster12', 'cluster7', 'cluster26'])('has the times to live of %s', (name) => {
    const { profile, requests } = run(name);
    const sets = requests.filter((request) => request.op === 'set');
    const counts = countBy(sets, (request) => request.ttlSec);
    expect(counts.size).toBe(profile.ttls.length);
    for (const { item, share } of profile.ttls) {
      expect(Math.abs((counts.get(item) ?? 0) / sets.length - share)).toBeLessThan(
        tolerance(share, sets.length),
      );
    }
  });

  it.each(['cluster12', 'cluster49'])('has the mean sizes of %s', (name) => {
    const { profile, requests } = run(name);
    const sizes = requests.filter((request) => request.op === 'set').map((request) => request.valueBytes);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    expect(Math.abs(mean / profile.valueBytes - 1)).toBeLessThan(0.03);
    expect(new Set(requests.map(({ key }) => key.length))).toEqual(new Set([profile.keyBytes]));
  });

  it('adds only keys that were not set before', () => {
    const { requests } = run('cluster21');
    const adds = requests.filter(isSet);
    expect(adds).toHaveLength(REQUESTS);
    expect(new Set(adds.map(({ key }) => key)).size).toBe(REQUESTS);
  });

  it('reads back what was added', () => {
    const { requests } = run('cluster10');
    const set = new Set<string>();
    let found = 0;
    for (const { op, key } of requests) {
      if (op === 'set') set.add(key);
      else if (set.has(key)) found++;
    }
    expect(found).toBeGreaterThan(REQUESTS / 3);
  });

  it('draws the keys of a hot cluster by its law: the first key gets the first rank’s share', () => {
    const { plan, requests } = run('cluster29');
    const weights = Array.from({ length: plan.ranks }, (_, at) => (at + 1) ** -plan.alpha);
    const first = 1 / weights.reduce((sum, weight) => sum + weight, 0);
    const most = Math.max(...countBy(requests, ({ key }) => key).values());
    expect(plan.loneReadChance + plan.loneWriteChance).toBe(0);
    expect(Math.abs(most / REQUESTS - first)).toBeLessThan(tolerance(first, REQUESTS));
  });
});

describe('planPopulation', () => {
  it.each(['cluster4', 'cluster12', 'cluster22', 'cluster38'])(
    'gives %s its requests per key and its one-hit share',
    (name) => {
      const { profile, plan, requests } = run(name);
      const hits = [...countBy(requests, ({ key }) => key).values()];
      const oneHits = hits.filter((count) => count === 1).length;
      expect(Math.abs(REQUESTS / hits.length / profile.requestsPerKey - 1)).toBeLessThan(0.05);
      expect(Math.abs(oneHits / hits.length - profile.oneHitShare)).toBeLessThan(0.03);
      expect(plan.expectedRequestsPerKey).toBeCloseTo(profile.requestsPerKey, 1);
    },
  );

  it.each(profiles.map(({ name }) => name))('foretells what a run of %s will have', (name) => {
    const { plan, requests } = run(name);
    const hits = [...countBy(requests, ({ key }) => key).values()];
    const oneHits = hits.filter((count) => count === 1).length;
    expect(Math.abs(REQUESTS / hits.length / plan.expectedRequestsPerKey - 1)).toBeLessThan(0.12);
    expect(Math.abs(oneHits / hits.length - plan.expectedOneHitShare)).toBeLessThan(0.06);
  });

  it('keeps enough keys for a popularity where a short run would have next to none', () => {
    expect(planPopulation(findProfile(profiles, 'cluster8'), REQUESTS).ranks).toBeGreaterThanOrEqual(100);
  });

  it('leaves most writes of a read-mostly cluster to keys that are read', () => {
    const plan = planPopulation(findProfile(profiles, 'cluster54'), REQUESTS);
    expect(plan.loneWriteChance).toBeLessThanOrEqual(0.75);
    expect(plan.loneReadChance).toBeGreaterThan(0);
  });

  it.each([1, 2, 10])('plans a run of %d requests', (count) => {
    for (const profile of profiles) {
      const plan = planPopulation(profile, count);
      expect([...requestStream({ profile, plan, seed: '1', prefix: 'p' })]).toHaveLength(count);
      expect(plan.ranks).toBeLessThanOrEqual(count);
    }
  });

  it('bounds its ranks for a long run', () => {
    expect(planPopulation(findProfile(profiles, 'cluster15'), 5_000_000).ranks).toBeLessThanOrEqual(
      1_000_000,
    );
  });
});
