import { ServiceLine } from '@hybrid-sync/services/line';
import { pino } from 'pino';
import { expect, it, onTestFinished, vi } from 'vitest';
import { NEVER, QueueWorld, setAt } from '../testing/queue-world.js';
import { FAST_QUEUE_NAME, queuePrefix } from './fast-queue.js';
import { JobEnds } from './job-ends.js';

const at = new QueueWorld();

/** Connections of this test that read the queue's events. */
async function readers(): Promise<number> {
  const clients = String(await at.requests.client('LIST'));
  const prefix = queuePrefix(at.world.settings.namespace);
  return clients.split('\n').filter((each) => each.includes(` name=${prefix}:`) && each.includes(':qe '))
    .length;
}

it('no one reads of jobs that are in hand where they were sent; of others their sender does', async () => {
  at.toldAtOnce = at.queue;
  const worker = at.startWorker(1);
  await at.queue.send([setAt('a', 1)], NEVER, { keepPlace: () => worker.keepPlace() });
  expect(await readers()).toBe(0);
  await at.queue.send([setAt('b', 1)], NEVER);
  await expect.poll(readers).toBe(1);
});

it('reading ends where no end was to be heard for long, and begins anew with what is added then', async () => {
  const { namespace } = at.world.settings;
  const onCompleted = vi.fn();
  let needed = true;
  const ends = new JobEnds(
    {
      requests: at.requests,
      background: at.background,
      queue: FAST_QUEUE_NAME,
      prefix: queuePrefix(namespace),
      needed: () => needed,
      onCompleted,
      onFailed: () => undefined,
      log: pino({ level: 'silent' }),
    },
    10,
  );
  onTestFinished(() => ends.stop());
  const completes = (jobId: string) =>
    at.requests.xadd(`${at.name}:events`, '*', 'event', 'completed', 'jobId', jobId, 'returnvalue', '1');
  await completes('before');
  await Promise.all([ends.hear(), ends.hear()]);
  await completes('first');
  await expect.poll(() => onCompleted.mock.calls).toEqual([['first', 1]]);
  await expect.poll(readers).toBe(1);
  needed = false;
  await expect.poll(readers).toBe(0);
  await completes('unheard');
  needed = true;
  await ends.hear();
  await completes('second');
  await expect
    .poll(() => onCompleted.mock.calls)
    .toEqual([
      ['first', 1],
      ['second', 1],
    ]);
});

it('an end is heard of also where the line that it comes on went silent', { timeout: 60_000 }, async () => {
  const line = await ServiceLine.to(at.world.settings.redisUrl);
  await line.open();
  const background = at.connect('background', line.url);
  const sender = await at.openQueue(background);
  onTestFinished(async () => {
    sender.jobs.giveUp();
    await sender.stop();
    background.disconnect();
    await line.cut();
  });
  const held = at.heldStore();
  at.startWorker(1, { shadows: held, pods: [sender] });
  const sent = sender.send([setAt('a', 1)], NEVER);
  await expect.poll(held.waiting).toBe(1);
  await expect.poll(() => line.silence((told) => told.includes(':qe\r\n'))).toBeGreaterThan(0);
  held.letGo();
  expect(await sent).toEqual({ stale: 0, failed: [] });
});
