import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type Part, type ProcessorTime, perMutation, processorSeconds } from './processor-time.js';

it.runIf(existsSync('/proc/self/stat'))("tells this process's own time, as Node does", async () => {
  const before = process.cpuUsage();
  const seconds = await processorSeconds([process.pid]);
  const after = process.cpuUsage();
  const ofNode = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1e6;
  // The kernel counts in hundredths of a second, user and system apart.
  expect(seconds).toBeGreaterThanOrEqual(ofNode(before) - 0.05);
  expect(seconds).toBeLessThanOrEqual(ofNode(after) + 0.05);
});

it('knows nothing of processes that are not there', async () => {
  expect(await processorSeconds([2 ** 30])).toBeUndefined();
});

describe('the processor time per mutation', () => {
  const at = (name: string, part: Part | undefined, seconds: number | undefined): ProcessorTime => ({
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
