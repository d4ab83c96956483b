import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../usage-error.js';
import { shareOf } from './operation-mix.js';
import { findProfile, PROFILE_TABLE, parseProfiles } from './profile.js';

const profiles = parseProfiles(readFileSync(PROFILE_TABLE, 'utf8'));

const HEADER =
  'cluster,key_bytes,value_bytes,request_rate_kqps,mean_object_frequency,one_hit_wonder_percent,' +
  'compulsory_miss_percent,common_ttls,operations,zipf_alpha';

describe('parseProfiles', () => {
  it('reads every row of the table, with shares that add up to 1', () => {
    expect(profiles).toHaveLength(46);
    for (const profile of profiles) {
      for (const shares of [profile.ttls, profile.operations]) {
        expect(shares.reduce((sum, { share }) => sum + share, 0)).toBeCloseTo(1);
      }
    }
  });

  it('reads a row in plain units', () => {
    expect(findProfile(profiles, 'cluster12')).toEqual({
      name: 'cluster12',
      keyBytes: 44,
      valueBytes: 1030,
      requestsPerSecond: 4360,
      requestsPerKey: 1.3,
      oneHitShare: 0.8143,
      ttls: [
        { item: 300, share: 0.98 },
        { item: 299, share: 0.02 },
      ],
      operations: [
        { item: 'set', share: 0.8 },
        { item: 'get', share: 0.2 },
      ],
      zipfAlpha: 0.3048,
    });
  });

  it('takes a popularity that could not be fitted for uniform', () => {
    expect(findProfile(profiles, 'cluster43').zipfAlpha).toBe(0);
    expect(findProfile(profiles, 'cluster10').zipfAlpha).toBe(0);
  });

  it('keeps the deletes of cluster14', () => {
    expect(shareOf(findProfile(profiles, 'cluster14').operations, 'delete')).toBeCloseTo(0.22);
  });

  it.each([
    ['x1,44,0,1,1,0,0,300s:1,set:1,0', 'value_bytes is 0'],
    ['x1,44,10,1,0.5,0,0,300s:1,set:1,0', 'mean_object_frequency is 0.5'],
    ['x1,44,10,1,1,101,0,300s:1,set:1,0', 'one_hit_wonder_percent is 101'],
    ['x1,44,10,1,1,0,0,soon:1,set:1,0', '"soon:1"'],
    ['x1,44,10,1,1,0,0,300s:1,touch:1,0', '"touch:1"'],
    ['x1,44,10,1,1,0,0,300s:1,set:1,steep', 'zipf_alpha is steep'],
    ['x1,,10,1,1,0,0,300s:1,set:1,0', 'key_bytes is empty'],
  ])('says which row is wrong and why: %s', (row, reason) => {
    expect(() => parseProfiles(`${HEADER}\n${row}\n`)).toThrow(`data row 1 (x1): `);
    expect(() => parseProfiles(`${HEADER}\n${row}\n`)).toThrow(reason);
  });
});

describe('findProfile', () => {
  it.each([
    ['clutser12', 'cluster12'],
    ['Cluster7', 'cluster7'],
    ['40', 'cluster40'],
  ])('asks for %s whether %s was meant, and lists all names', (name, meant) => {
    const find = () => findProfile(profiles, name);
    expect(find).toThrow(UsageError);
    expect(find).toThrow(`did you mean ${meant}?`);
    expect(find).toThrow('cluster1, cluster2, cluster3');
  });

  it('makes no guess at a name unlike all others', () => {
    expect(() => findProfile(profiles, 'production')).toThrow(/there is no profile "production"\nprofiles: /);
    expect(() => findProfile(profiles, '')).toThrow(/no profile was named\nprofiles: /);
  });
});
