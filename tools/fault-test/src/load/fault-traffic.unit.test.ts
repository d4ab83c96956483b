import { expect, it } from 'vitest';
import { FaultTraffic } from './fault-traffic.js';

/** Traffic in which one write was answered `JOURNALED` at 100. */
async function oneJournaled(): Promise<FaultTraffic> {
  const client = { set: async () => ({ method: 'JOURNALED', version: 7, changed: true }) };
  const parts = {
    pods: { write: async (_: number, call: (of: typeof client) => unknown) => call(client) },
    values: { value: () => 'v' },
    clock: { now: () => 100 },
    registers: { pause: () => undefined, resume: () => undefined },
    onWrite: () => undefined,
  };
  const traffic = new FaultTraffic(parts as unknown as ConstructorParameters<typeof FaultTraffic>[0]);
  await traffic.send({ number: 1, op: 'set', key: 'k', valueBytes: 1, ttlSec: undefined } as never, 90);
  return traffic;
}

const asked = (traffic: FaultTraffic) =>
  [...traffic.ledger.written()].filter(({ acknowledged }) => acknowledged !== undefined).length;

it('what only lost data held is not asked for, of the time in which they were taken', async () => {
  const traffic = await oneJournaled();
  expect([traffic.journaledSince(100), traffic.journaledSince(101)]).toEqual([1, 0]);
  traffic.redisRestored({ from: 101, until: 200 });
  expect(asked(traffic)).toBe(1);
  traffic.redisRestored({ from: 50, until: 100 });
  expect(asked(traffic)).toBe(0);
});

it('all is asked for where answers waited for replicas', async () => {
  const traffic = await oneJournaled();
  traffic.redisRestored();
  expect(asked(traffic)).toBe(1);
});
