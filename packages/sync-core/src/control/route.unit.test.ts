import { describe, expect, it } from 'vitest';
import { syncMode } from '../config/sync-mode.js';
import { chooseRoute, type Route } from './route.js';

const BOTH = [true, false];

/** Every combination of what the choice depends on. */
const everyCase = syncMode.options.flatMap((mode) =>
  BOTH.flatMap((highLoad) =>
    BOTH.flatMap((fastBreakerAllows) =>
      BOTH.map((fastHasRoom) => ({ mode, highLoad, fastBreakerAllows, fastHasRoom })),
    ),
  ),
);

/** The route of every mode; load is low unless said, the breaker allows unless said, there is room unless said. */
const EXPECTED: Record<string, Record<(typeof syncMode.options)[number], Route>> = {
  'nothing stands in the way': { adaptive: 'FAST', hybrid: 'FAST', 'event-only': 'EVENT_ONLY' },
  'no room': { adaptive: 'QUEUE_FULL', hybrid: 'QUEUE_FULL', 'event-only': 'EVENT_ONLY' },
  'breaker open': { adaptive: 'BREAKER_OPEN', hybrid: 'BREAKER_OPEN', 'event-only': 'EVENT_ONLY' },
  'breaker open, no room': { adaptive: 'BREAKER_OPEN', hybrid: 'BREAKER_OPEN', 'event-only': 'EVENT_ONLY' },
  'high load': { adaptive: 'HIGH_LOAD', hybrid: 'FAST', 'event-only': 'EVENT_ONLY' },
  'high load, no room': { adaptive: 'HIGH_LOAD', hybrid: 'QUEUE_FULL', 'event-only': 'EVENT_ONLY' },
  'high load, breaker open': { adaptive: 'HIGH_LOAD', hybrid: 'BREAKER_OPEN', 'event-only': 'EVENT_ONLY' },
  'high load, breaker open, no room': {
    adaptive: 'HIGH_LOAD',
    hybrid: 'BREAKER_OPEN',
    'event-only': 'EVENT_ONLY',
  },
};

describe('the route of a mutation', () => {
  it.each(
    everyCase.map((conditions) => {
      const { highLoad, fastBreakerAllows, fastHasRoom } = conditions;
      const obstacles = [
        ...(highLoad ? ['high load'] : []),
        ...(fastBreakerAllows ? [] : ['breaker open']),
        ...(fastHasRoom ? [] : ['no room']),
      ];
      return { ...conditions, circumstances: obstacles.join(', ') || 'nothing stands in the way' };
    }),
  )('in mode $mode, with: $circumstances', ({ circumstances, ...conditions }) => {
    expect(chooseRoute(conditions)).toBe(EXPECTED[circumstances]?.[conditions.mode]);
  });
});
