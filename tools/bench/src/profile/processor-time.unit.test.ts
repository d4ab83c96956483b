import { describe, expect, it } from 'vitest';
import { type ProcessorTime, type ProcessPart, perMutation } from './processor-time.js';

describe('the processor time per mutation', () => {
  const at = (name: string, part: ProcessPart | undefined, seconds: number | undefined): ProcessorTime => ({
    name,
    part,
    seconds,
  });

  it('is that between two looks, of all processes of a part together', () => {
    const before = [
      at('gateway', 'store', 1),
      at('engine', 'store', 5),
      at('pod', 'pod', 2),
      at('load', undefined, 3),
    ];
    const after = [
      at('gateway', 'store', 2),
      at('engine', 'store', 7),
      at('pod', 'pod', 2.5),
      at('load', undefined, 9),
    ];
    expect(perMutation(before, after, 10_000)).toEqual({ podUs: 50, storeUs: 300 });
  });

  it('is not told where it is not known, nor of no mutation', () => {
    const before = [at('redis', 'redis', undefined), at('pod', 'pod', 1)];
    const after = [at('redis', 'redis', undefined), at('pod', 'pod', 2)];
    expect(perMutation(before, after, 1000)).toEqual({ podUs: 1000 });
    expect(perMutation(before, after, 0)).toEqual({});
  });
});
