import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { processorSeconds, residentBytes } from './process-usage.js';

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
  expect(await residentBytes(2 ** 30)).toBeUndefined();
});

it.runIf(existsSync('/proc/self/status'))("tells this process's own memory, as Node does", async () => {
  const bytes = Number(await residentBytes(process.pid));
  expect(Math.abs(bytes / process.memoryUsage.rss() - 1)).toBeLessThan(0.2);
});
