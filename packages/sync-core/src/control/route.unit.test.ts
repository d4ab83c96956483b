import { describe, expect, it, vi } from 'vitest';
import { type SyncMode, syncMode } from '../config/sync-mode.js';
import { type Mutation, mutationBytes } from '../mutation.js';
import { aSet } from '../testing/mutations.js';
import type { BreakerStanding } from './circuit-breaker.js';
import type { LoadLevel } from './load-state.js';
import { chooseFallback, chooseRoute, type Fallback, type Route, Router } from './route.js';

const LOADS: readonly LoadLevel[] = ['normal', 'high', 'unknown'];
const STANDINGS: readonly BreakerStanding[] = ['closed', 'probe-due', 'open'];
const ROOM = [true, false];

/** Each row: mode and load; then the route for each standing of the fast breaker, with room and without. */
const ROUTES: readonly (readonly [
  mode: (typeof syncMode.options)[number],
  load: LoadLevel,
  closed: readonly [Route, Route],
  probeDue: readonly [Route, Route],
  open: readonly [Route, Route],
])[] = [
  ['adaptive', 'normal', ['FAST', 'QUEUE_FULL'], ['PROBE', 'BREAKER_OPEN'], ['BREAKER_OPEN', 'BREAKER_OPEN']],
  ['adaptive', 'high', ['HIGH_LOAD', 'HIGH_LOAD'], ['HIGH_LOAD', 'HIGH_LOAD'], ['HIGH_LOAD', 'HIGH_LOAD']],
  [
    'adaptive',
    'unknown',
    ['FAST', 'QUEUE_FULL'],
    ['PROBE', 'BREAKER_OPEN'],
    ['BREAKER_OPEN', 'BREAKER_OPEN'],
  ],
  ['hybrid', 'normal', ['FAST', 'QUEUE_FULL'], ['PROBE', 'BREAKER_OPEN'], ['BREAKER_OPEN', 'BREAKER_OPEN']],
  ['hybrid', 'high', ['FAST', 'QUEUE_FULL'], ['PROBE', 'BREAKER_OPEN'], ['BREAKER_OPEN', 'BREAKER_OPEN']],
  ['hybrid', 'unknown', ['FAST', 'QUEUE_FULL'], ['PROBE', 'BREAKER_OPEN'], ['BREAKER_OPEN', 'BREAKER_OPEN']],
  [
    'event-only',
    'normal',
    ['EVENT_ONLY', 'EVENT_ONLY'],
    ['EVENT_ONLY', 'EVENT_ONLY'],
    ['EVENT_ONLY', 'EVENT_ONLY'],
  ],
  [
    'event-only',
    'high',
    ['EVENT_ONLY', 'EVENT_ONLY'],
    ['EVENT_ONLY', 'EVENT_ONLY'],
    ['EVENT_ONLY', 'EVENT_ONLY'],
  ],
  [
    'event-only',
    'unknown',
    ['EVENT_ONLY', 'EVENT_ONLY'],
    ['EVENT_ONLY', 'EVENT_ONLY'],
    ['EVENT_ONLY', 'EVENT_ONLY'],
  ],
];

/** Each row: the outbox' breaker; then what becomes of what the fast path does not take, with room and without. */
const FALLBACKS: readonly (readonly [BreakerStanding, withRoom: Fallback, without: Fallback])[] = [
  ['closed', 'OUTBOX', 'JOURNAL'],
  ['probe-due', 'PROBE', 'JOURNAL'],
  ['open', 'JOURNAL', 'JOURNAL'],
];

const routeRows = ROUTES.flatMap(([mode, load, ...byStanding]) =>
  STANDINGS.flatMap((breaker, standing) =>
    ROOM.map((hasRoom, room) => ({ mode, load, breaker, hasRoom, route: byStanding[standing]?.[room] })),
  ),
);
const fallbackRows = FALLBACKS.flatMap(([breaker, ...byRoom]) =>
  ROOM.map((hasRoom, room) => ({ breaker, hasRoom, fallback: byRoom[room] })),
);

it('the tables have every combination, once', () => {
  const all = syncMode.options.length * LOADS.length * STANDINGS.length * ROOM.length;
  const named = ({ mode, load, breaker, hasRoom }: (typeof routeRows)[number]) =>
    [mode, load, breaker, hasRoom].join();
  expect(new Set(routeRows.map(named)).size).toBe(all);
  expect(routeRows).toHaveLength(all);
  expect(fallbackRows).toHaveLength(STANDINGS.length * ROOM.length);
});

describe('the route of a mutation', () => {
  it.each(routeRows)(
    '$mode, load $load, breaker $breaker, room: $hasRoom is $route',
    ({ route, ...conditions }) => {
      expect(chooseRoute(conditions)).toBe(route);
    },
  );
});

describe('what becomes of a mutation that the fast path does not bring through', () => {
  it.each(fallbackRows)('breaker $breaker, room: $hasRoom: $fallback', ({ breaker, hasRoom, fallback }) => {
    expect(chooseFallback(breaker, hasRoom)).toBe(fallback);
  });
});

/** Where a mutation ends when nothing fails on the way, over all conditions of both routes. */
const everyWay = routeRows.flatMap((row) => fallbackRows.map((outbox) => ({ row, outbox })));

describe('over all conditions of both routes', () => {
  it('no one waits for MongoDB while both breakers are open: the mutation is journaled at once', () => {
    const open = everyWay.filter(
      ({ row, outbox }) => row.breaker !== 'closed' && outbox.breaker !== 'closed',
    );
    expect(open.length).toBe(((3 * 3 * 2 * 2) / 1) * (2 * 2));
    for (const { row, outbox } of open) {
      expect(chooseRoute(row)).not.toBe('FAST');
      expect(chooseFallback(outbox.breaker, outbox.hasRoom)).not.toBe('OUTBOX');
    }
  });

  it('the fast path is waited for only with its breaker closed and room in its batcher, never in event-only', () => {
    for (const { row } of everyWay.filter((way) => chooseRoute(way.row) === 'FAST')) {
      expect(row).toMatchObject({ breaker: 'closed', hasRoom: true });
      expect(row.mode).not.toBe('event-only');
    }
  });
});

/** A router that finds nothing in the way of the fast path unless a test says otherwise. */
function routerUnderTest() {
  const modes: { mode: SyncMode; eventOnlyPrefixes: string[] | undefined; fastPathPaused: boolean } = {
    mode: 'adaptive',
    fastPathPaused: false,
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

it('takes no way but the outbox while the fast path is paused, whatever a call asks for', () => {
  const { route, modes } = routerUnderTest();
  modes.fastPathPaused = true;
  for (const asked of [undefined, 'hybrid', 'adaptive'] as const) {
    expect(route(aSet('k', 1), asked)).toBe('EVENT_ONLY');
  }
  modes.fastPathPaused = false;
  expect(route(aSet('k', 1))).toBe('FAST');
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
