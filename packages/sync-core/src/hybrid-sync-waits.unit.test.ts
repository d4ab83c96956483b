import { beforeEach, describe, expect, it, vi } from 'vitest';
import { BatchTimeoutError, MutationRefusedError } from './batching/batch-errors.js';
import type { SyncMode } from './config/sync-mode.js';
import { NotReplicatedError } from './errors.js';
import { deferred } from './testing/deferred.js';
import { aSet } from './testing/mutations.js';
import {
  OUTBOX_TIMEOUT_MS,
  PAIR,
  type ServiceUnderTest,
  SLOW_CALL_MS,
  serviceUnderTest,
} from './testing/service-under-test.js';

describe('how long a write waits', () => {
  beforeEach(() => {
    vi.useFakeTimers();
    return () => void vi.useRealTimers();
  });

  /** A service whose fast path holds every write up for so long, in vain. */
  function heldUp(waitedMs: number, mode?: SyncMode) {
    const service = serviceUnderTest(mode);
    service.fastOffer.mockImplementation(async () => {
      await vi.advanceTimersByTimeAsync(waitedMs);
      throw new BatchTimeoutError();
    });
    return service;
  }
  const outboxPatience = ({ outboxOffer }: ServiceUnderTest) => outboxOffer.mock.calls[0]?.[1];

  it('for the outbox counts what it has waited for the fast path', async () => {
    const service = heldUp(600, 'hybrid');
    await service.sync.set(PAIR);
    const timeoutMs = OUTBOX_TIMEOUT_MS - 600;
    expect(outboxPatience(service)).toEqual({ timeoutMs, busyTimeoutMs: timeoutMs });
  });

  it("goes by the call's mode", async () => {
    const service = heldUp(600, 'hybrid');
    await service.sync.set(PAIR, { mode: 'adaptive' });
    expect(service.fastOffer.mock.calls[0]?.[1]).toMatchObject({ busyTimeoutMs: SLOW_CALL_MS });
    expect(outboxPatience(service)).toMatchObject({ busyTimeoutMs: SLOW_CALL_MS - 600 });
  });

  it('for the outbox alone is its whole time', async () => {
    const service = serviceUnderTest('event-only');
    await service.sync.set(PAIR);
    expect(outboxPatience(service)).toEqual({
      timeoutMs: OUTBOX_TIMEOUT_MS,
      busyTimeoutMs: OUTBOX_TIMEOUT_MS,
    });
  });
});

describe('a write that MongoDB takes on neither path', () => {
  it('is JOURNALED, and stays in the journal', async () => {
    const { sync, fastOffer, outboxOffer, acknowledged } = serviceUnderTest();
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    outboxOffer.mockRejectedValue(new BatchTimeoutError());
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'TIMEOUT' });
    expect(acknowledged).toEqual([]);
  });

  it('waits for replicas of Redis before it is answered, and is refused by name without them', async () => {
    const { sync, fastOffer, outboxOffer, replicasHave, acknowledged, metric } = serviceUnderTest();
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    outboxOffer.mockRejectedValue(new BatchTimeoutError());
    await sync.set(PAIR);
    expect(replicasHave).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ version: 7 }),
      expect.any(Number),
    );
    replicasHave.mockRejectedValue(new NotReplicatedError(7, 0, 1));
    await expect(sync.set(PAIR)).rejects.toThrow(NotReplicatedError);
    expect(acknowledged).toEqual([]);
    expect(sync.answered.JOURNALED).toBe(1);
    expect(await metric('hybrid_sync_refused_total')).toContain('{code="NOT_REPLICATED",role="api"} 1');
  });

  it('is the only one that waits for them', async () => {
    const { sync, fastOffer, replicasHave } = serviceUnderTest();
    await sync.set(PAIR);
    fastOffer.mockRejectedValue(new BatchTimeoutError());
    await sync.set(PAIR);
    expect(sync.answered).toMatchObject({ ASYNC_THREAD: 1, EVENT_BASED: 1 });
    expect(replicasHave).not.toHaveBeenCalled();
  });

  it('is JOURNALED also when the outbox refuses the event', async () => {
    const { sync, outboxOffer, acknowledged } = serviceUnderTest('event-only');
    outboxOffer.mockRejectedValue(new MutationRefusedError('MongoDB error 10334'));
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'EVENT_ONLY' });
    expect(acknowledged).toEqual([]);
  });

  it("is JOURNALED at once while the outbox's breaker is open: nothing is offered", async () => {
    const { sync, fastStanding, outboxStanding, fastOffer, outboxOffer, acknowledged } = serviceUnderTest();
    fastStanding.mockReturnValue('open');
    outboxStanding.mockReturnValue('open');
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'BREAKER_OPEN' });
    expect(fastOffer).not.toHaveBeenCalled();
    expect(outboxOffer).not.toHaveBeenCalled();
    expect(acknowledged).toEqual([]);
  });
});

describe('a write that comes when an open breaker is due for a probe', () => {
  it('is that probe, but does not wait for it: a MongoDB that is away would cost it the whole timeout', async () => {
    const { sync, fastStanding, outboxStanding, fastOffer, outboxOffer, acknowledged } = serviceUnderTest();
    fastStanding.mockReturnValue('probe-due');
    outboxStanding.mockReturnValue('probe-due');
    const [fast, outbox] = [deferred<void>(), deferred<void>()];
    fastOffer.mockReturnValue(fast.promise);
    outboxOffer.mockReturnValue(outbox.promise);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'JOURNALED', fallbackReason: 'BREAKER_OPEN' });
    expect(fastOffer).toHaveBeenCalledOnce();
    expect(outboxOffer).toHaveBeenCalledOnce();
    expect(acknowledged).toEqual([]);
    outbox.reject(new BatchTimeoutError());
    fast.resolve();
    await vi.waitFor(() => expect(acknowledged).toMatchObject([{ slot: 3, version: 7 }]));
  });

  it('of the outbox only, is that probe, too, although the fast path brings it through', async () => {
    const { sync, outboxStanding, outboxOffer } = serviceUnderTest();
    outboxStanding.mockReturnValue('probe-due');
    outboxOffer.mockReturnValue(deferred<void>().promise);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(outboxOffer).toHaveBeenCalledExactlyOnceWith(aSet('k', 7, { slot: 3 }), expect.anything());
    outboxStanding.mockReturnValue('open');
    await sync.set(PAIR);
    expect(outboxOffer).toHaveBeenCalledOnce();
  });

  it('of the outbox only, is no probe where that has no room', async () => {
    const { sync, outboxStanding, outboxOffer, outboxHasRoom } = serviceUnderTest();
    outboxStanding.mockReturnValue('probe-due');
    outboxHasRoom.mockReturnValue(false);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'ASYNC_THREAD' });
    expect(outboxOffer).not.toHaveBeenCalled();
  });

  it('of the fast path only, is EVENT_BASED', async () => {
    const { sync, fastStanding, fastOffer } = serviceUnderTest();
    fastStanding.mockReturnValue('probe-due');
    fastOffer.mockReturnValue(deferred<void>().promise);
    expect(await sync.set(PAIR)).toMatchObject({ method: 'EVENT_BASED', fallbackReason: 'BREAKER_OPEN' });
  });
});
