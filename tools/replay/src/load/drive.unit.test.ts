import {
  CallFailedError,
  type Profile,
  planPopulation,
  type RunProgress,
  requestStream,
  Traffic,
  ValueMaker,
} from '@hybrid-sync/trials';
import { FakeService } from '@hybrid-sync/trials/testing/fake-service';
import { VirtualClock } from '@hybrid-sync/trials/testing/virtual-clock';
import { describe, expect, it } from 'vitest';
import { type Drive, drive } from './drive.js';

const PROFILE: Profile = {
  name: 'test',
  keyBytes: 30,
  valueBytes: 40,
  requestsPerSecond: 1000,
  requestsPerKey: 10,
  oneHitShare: 0,
  ttls: [{ item: 3600, share: 1 }],
  operations: [
    { item: 'set', share: 0.5 },
    { item: 'get', share: 0.4 },
    { item: 'delete', share: 0.1 },
  ],
  zipfAlpha: 0.9,
};
const REQUESTS = 3000;
const DURATION_MS = 30_000;

function silent(said: string[] = []): RunProgress {
  return { begin: () => {}, update: () => {}, end: () => {}, say: (message) => void said.push(message) };
}

function setUp(latencyMs = 2) {
  const clock = new VirtualClock();
  const service = new FakeService(clock, latencyMs);
  const values = new ValueMaker('1');
  const traffic = new Traffic({ api: service, values, clock });
  const said: string[] = [];
  const options: Drive = {
    items: requestStream({
      profile: PROFILE,
      plan: planPopulation(PROFILE, REQUESTS),
      seed: '1',
      prefix: 'replay:test1:',
    }),
    count: REQUESTS,
    seed: '1',
    durationMs: DURATION_MS,
    maxInFlight: 64,
    traffic,
    progress: silent(said),
    clock,
    signal: new AbortController().signal,
  };
  return { clock, service, traffic, said, options };
}

describe('drive', () => {
  it('sends every request and finds nothing wrong with a service that does right', async () => {
    const { clock, traffic, options } = setUp();
    const outcome = await clock.run(drive(options));
    expect(outcome).toMatchObject({ sent: REQUESTS, heldBack: 0 });
    expect(traffic.tally.answered).toBe(REQUESTS);
    expect(traffic.reads).toMatchObject({ wrong: 0 });
    expect(traffic.reads.found).toBeGreaterThan(REQUESTS / 5);
    expect(traffic.reads.notJudged).toBeLessThan(REQUESTS / 50);
    expect(traffic.orderFaultCount).toBe(0);
    expect(traffic.tally.all.summary().max).toBeCloseTo(2, 1);
  });

  it('finds the reads that a stale copy answers', async () => {
    const { clock, service, traffic, options } = setUp();
    const stale = new Map<string, { value: string; version: number }>();
    const set = service.set.bind(service);
    service.set = (key, value, ttlSec) => {
      const before = service.pairs.get(key);
      if (before !== undefined) stale.set(key, before);
      return set(key, value, ttlSec);
    };
    const get = service.get.bind(service);
    service.get = async (key) => {
      const answer = await get(key);
      const old = stale.get(key);
      return answer.found && old !== undefined ? { found: true, ...old } : answer;
    };
    await clock.run(drive(options));
    expect(traffic.reads.wrong).toBeGreaterThan(100);
    expect(traffic.wrongReads).toHaveLength(10);
    expect(traffic.wrongReads[0]?.reason).toMatch(/^version \d+, although \d+ was acknowledged before$/);
  });

  it('finds the reads of keys that come back from the dead', async () => {
    const { clock, service, traffic, options } = setUp();
    service.delete = async () => ({ version: Date.now() * 1000, method: 'EVENT_BASED' });
    await clock.run(drive(options));
    expect(traffic.wrongReads[0]?.reason).toMatch(
      /although (the key was deleted|\d+ was acknowledged before)$/,
    );
  });

  it('finds versions that do not rise', async () => {
    const { clock, service, traffic, options } = setUp();
    const set = service.set.bind(service);
    service.set = async (...args) => ({ ...(await set(...args)), version: 5 });
    await clock.run(drive(options));
    expect(traffic.orderFaultCount).toBeGreaterThan(100);
  });

  it('counts failed calls, and goes on', async () => {
    const { clock, service, traffic, options } = setUp();
    const get = service.get.bind(service);
    service.get = async (key) => {
      const answer = await get(key);
      if (clock.now() > DURATION_MS / 2) throw new CallFailedError('ECONNRESET');
      return answer;
    };
    await clock.run(drive(options));
    const failed = traffic.tally.failedByOperation.get;
    expect(failed).toBeGreaterThan(400);
    expect(traffic.tally.errors).toEqual([{ error: 'ECONNRESET', count: failed }]);
    expect(traffic.tally.answered + failed).toBe(REQUESTS);
  });

  it('makes the outage in the middle and tells its writes apart', async () => {
    const { clock, service, traffic, said, options } = setUp();
    const moments: [string, number][] = [];
    const fastPath = {
      begin: async () => {
        moments.push(['begin', clock.now()]);
        service.method = 'EVENT_BASED';
      },
      end: async () => {
        moments.push(['end', clock.now()]);
        service.method = 'ASYNC_THREAD';
      },
    };
    await clock.run(drive({ ...options, outage: { fastPath, lengthMs: 10_000 } }));
    expect(moments).toEqual([
      ['begin', 10_000],
      ['end', 20_000],
    ]);
    expect(said).toEqual(['fast path: away from now on', 'fast path: back']);
    const [before, during, after] = (['before', 'during', 'after'] as const).map(
      (phase) => traffic.tally.byPhase[phase],
    );
    for (const whole of [before, after]) {
      expect(whole?.ASYNC_THREAD).toBeGreaterThan(500);
      expect(whole?.EVENT_BASED).toBe(0);
    }
    expect(during?.EVENT_BASED).toBeGreaterThan(500);
    expect(during?.ASYNC_THREAD).toBe(0);
  });

  it.each([
    [10_000, 10_000, 20_000],
    [27_000, 1500, 28_500],
  ])(
    'an outage of %d ms begins as long after the start as it ends before the end',
    async (lengthMs, from, to) => {
      const { clock, options } = setUp();
      const moments: number[] = [];
      const note = async () => void moments.push(clock.now());
      await clock.run(drive({ ...options, outage: { fastPath: { begin: note, end: note }, lengthMs } }));
      expect(moments).toEqual([from, to]);
    },
  );

  it('ends early when asked to, with the outage ended', async () => {
    const { clock, options } = setUp();
    const ended = new AbortController();
    const moments: [string, number][] = [];
    const fastPath = {
      begin: async () => void moments.push(['begin', clock.now()]),
      end: async () => void moments.push(['end', clock.now()]),
    };
    const running = drive({ ...options, signal: ended.signal, outage: { fastPath, lengthMs: 10_000 } });
    void clock.until(12_000).then(() => ended.abort());
    const { sent } = await clock.run(running);
    expect(sent).toBeLessThan(REQUESTS / 2);
    expect(moments).toEqual([
      ['begin', 10_000],
      ['end', 12_000],
    ]);
  });

  it('ends the load with the reason when the outage can not be made', async () => {
    const { clock, traffic, options } = setUp();
    let ended = 0;
    const fastPath = {
      begin: () => Promise.reject(new Error('no Redis')),
      end: async () => void ended++,
    };
    await expect(clock.run(drive({ ...options, outage: { fastPath, lengthMs: 10_000 } }))).rejects.toThrow(
      'no Redis',
    );
    expect(ended).toBe(1);
    expect(traffic.tally.answered).toBeLessThan(REQUESTS / 2);
  });

  it('ends the outage when the load breaks off', async () => {
    const { clock, service, options } = setUp();
    let paused = false;
    const fastPath = {
      begin: async () => {
        paused = true;
      },
      end: async () => {
        paused = false;
      },
    };
    service.get = async () => {
      if (clock.now() > 15_000) throw new Error('a defect');
      return { found: false };
    };
    await expect(clock.run(drive({ ...options, outage: { fastPath, lengthMs: 10_000 } }))).rejects.toThrow(
      'a defect',
    );
    expect(paused).toBe(false);
  });
});
