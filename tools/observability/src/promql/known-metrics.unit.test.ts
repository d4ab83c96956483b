import { describe, expect, it } from 'vitest';
import { faultsOf } from './known-metrics.js';
import { readQuery } from './read-query.js';

describe('what is wrong with a query', () => {
  it('is nothing when the system has all that it asks for', () => {
    const query =
      'sum by (method, le, instance) (rate(hybrid_sync_mutation_seconds_bucket{method="JOURNALED"}[1m]))';
    expect(faultsOf(readQuery(query))).toEqual([]);
  });

  it.each([
    ['hybrid_sync_mutation_total', 'there is no metric hybrid_sync_mutation_total'],
    ['hybrid_sync_mutation_seconds', 'there is no metric hybrid_sync_mutation_seconds'],
    ['hybrid_sync_mutations_total{route="fast"}', 'hybrid_sync_mutations_total has no label route'],
    ['hybrid_sync_mutations_total{method="SYNC"}', 'hybrid_sync_mutations_total has no method="SYNC"'],
    ['sum by (route) (hybrid_sync_mutations_total)', 'no metric of the query has route'],
    ['sum by (le) (hybrid_sync_mutations_total)', 'no metric of the query has le'],
  ])('is said: %s', (query, fault) => {
    expect(faultsOf(readQuery(query))).toEqual([fault]);
  });
});
