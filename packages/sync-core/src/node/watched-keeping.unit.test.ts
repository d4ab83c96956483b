import { expect, it, vi } from 'vitest';
import { NotReplicatedError } from '../errors.js';
import { watchedKeeping } from './watched-keeping.js';

const MUTATION = { slot: 0, version: 7 };

it('tells of each write whether MongoDB or replicas keep it', async () => {
  const health = { kept: vi.fn(), notKept: vi.fn() };
  const [acknowledge, has] = [vi.fn(), vi.fn(async () => undefined)];
  const { acker, replicas } = watchedKeeping({ acker: { acknowledge }, replicas: { has } }, health);
  acker.acknowledge([MUTATION]);
  expect(acknowledge).toHaveBeenCalledExactlyOnceWith([MUTATION]);
  await replicas?.has(MUTATION, 3);
  expect(health.kept).toHaveBeenCalledTimes(2);
  has.mockRejectedValue(new NotReplicatedError(7, 0, 1));
  await expect(replicas?.has(MUTATION, 3)).rejects.toThrow(NotReplicatedError);
  expect(health.notKept).toHaveBeenCalledExactlyOnceWith('NOT_REPLICATED', 3);
});
