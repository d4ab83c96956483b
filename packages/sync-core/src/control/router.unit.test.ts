import { expect, it, vi } from 'vitest';
import type { SyncMode } from '../config/sync-mode.js';
import { type Mutation, mutationBytes } from '../mutation.js';
import { aSet } from '../testing/mutations.js';
import type { BreakerStanding } from './circuit-breaker.js';
import type { LoadLevel } from './load-state.js';
import { Router } from './router.js';

/** A router that finds nothing in the way of the fast path unless a test says otherwise. */
function routerUnderTest() {
  const modes: { mode: SyncMode; eventOnlyPrefixes: string[] | undefined } = {
    mode: 'adaptive',
    eventOnlyPrefixes: ['bulk:'],
  };
  const path = () => ({
    breaker: { standing: vi.fn((): BreakerStanding => 'closed') },
    batcher: { hasRoom: vi.fn(() => true) },
  });
  const load = { level: vi.fn((): LoadLevel => 'normal') };
  const [fast, outbox] = [path(), path()];
  const router = new Router({ settings: () => modes, load, fast, outbox });
  /** The route of a mutation whose call asks for this mode. */
  const route = (mutation: Mutation, asked?: SyncMode) =>
    router.route(mutation, router.modeOf(mutation.key, asked));
  return { route, router, modes, load, fast, outbox };
}

it("takes the settings' mode, as it is at that time", () => {
  const { route, modes } = routerUnderTest();
  expect(route(aSet('k', 1))).toBe('FAST');
  modes.mode = 'event-only';
  expect(route(aSet('k', 1))).toBe('EVENT_ONLY');
});

it('keeps keys with an event-only prefix off the fast path, and no others', () => {
  const { route, modes } = routerUnderTest();
  expect(route(aSet('bulk:1', 1))).toBe('EVENT_ONLY');
  expect(route(aSet('bulky', 1))).toBe('FAST');
  modes.eventOnlyPrefixes = undefined;
  expect(route(aSet('bulk:1', 1))).toBe('FAST');
  modes.eventOnlyPrefixes = ['bulk:2'];
  expect([route(aSet('bulk:1', 1)), route(aSet('bulk:2', 1))]).toEqual(['FAST', 'EVENT_ONLY']);
});

it('takes the mode that a call asks for before settings and prefixes', () => {
  const { route, modes, load } = routerUnderTest();
  modes.mode = 'event-only';
  load.level.mockReturnValue('high');
  expect(route(aSet('bulk:1', 1), 'hybrid')).toBe('FAST');
  expect(route(aSet('bulk:1', 1), 'adaptive')).toBe('HIGH_LOAD');
  modes.mode = 'hybrid';
  expect(route(aSet('k', 1), 'event-only')).toBe('EVENT_ONLY');
});

it('asks each path for itself: room by the size of the mutation', () => {
  const { route, router, fast, outbox } = routerUnderTest();
  const mutation = aSet('k', 1, { value: 'x'.repeat(1000) });
  fast.breaker.standing.mockReturnValue('open');
  expect([route(mutation), router.fallback(mutation)]).toEqual(['BREAKER_OPEN', 'OUTBOX']);
  fast.breaker.standing.mockReturnValue('closed');
  outbox.batcher.hasRoom.mockReturnValue(false);
  expect([route(mutation), router.fallback(mutation)]).toEqual(['FAST', 'JOURNAL']);
  for (const { batcher } of [fast, outbox])
    expect(batcher.hasRoom).toHaveBeenLastCalledWith(mutationBytes(mutation));
});
