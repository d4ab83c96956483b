import { describe, expect, it } from 'vitest';
import { VersionFloor } from './version-floor.js';

function floorAt() {
  const clock = { ms: 1000 };
  return { floor: new VersionFloor(() => clock.ms), clock };
}

describe('the floor of versions', () => {
  it('is the highest that was seen in the slot, in whatever order', () => {
    const { floor } = floorAt();
    expect(floor.of(1)).toBe(0);
    for (const version of [7, 9, 8]) floor.saw(1, version);
    expect([floor.of(1), floor.of(2)]).toEqual([9, 0]);
  });

  it('does not rise by itself: a lead of the clock comes to its end', () => {
    const { floor, clock } = floorAt();
    floor.saw(1, 5_000_000);
    clock.ms += 60_000;
    expect(floor.of(1)).toBe(5_000_000);
  });

  it('is, on another connection, above what other pods may have been given meanwhile', () => {
    const { floor, clock } = floorAt();
    const seenAtMicros = 5_000_000;
    floor.saw(1, seenAtMicros);
    clock.ms += 50;
    const givenToAnotherPod = seenAtMicros + 50_000;
    floor.connectionChanged();
    expect(floor.of(1)).toBeGreaterThan(givenToAnotherPod);
    // Time counts once, however often the connection changes.
    floor.connectionChanged();
    expect(floor.of(1)).toBeLessThan(givenToAnotherPod + 1000);
  });

  it('is above them also where the answer to a write took its time', () => {
    const { floor, clock } = floorAt();
    const sentMs = floor.sends();
    clock.ms += 20;
    // Given at once, so to another pod 20 ms more while the answer was under way.
    floor.gave(1, 5_000_000, sentMs);
    floor.connectionChanged();
    expect(floor.of(1)).toBeGreaterThan(5_020_000);
  });

  it('is, on another connection, the same time for slots that others alone have written to', () => {
    const { floor, clock } = floorAt();
    floor.gave(1, 5_000_000, floor.sends());
    floor.saw(2, 3_000_000);
    clock.ms += 50;
    expect([floor.of(2), floor.of(3)]).toEqual([3_000_000, 0]);
    floor.connectionChanged();
    for (const slot of [1, 2, 3]) expect(floor.of(slot)).toBeGreaterThan(5_050_000);
    floor.gave(3, 6_000_000, floor.sends());
    expect(floor.of(3)).toBe(6_000_000);
  });

  it('does not spread the lead of one slot to others', () => {
    const { floor, clock } = floorAt();
    floor.gave(1, 5_000_000, floor.sends());
    floor.gave(2, 3_605_000_000, floor.sends());
    clock.ms += 50;
    floor.connectionChanged();
    expect(floor.of(2)).toBeGreaterThan(3_605_050_000);
    for (const slot of [1, 3]) expect(floor.of(slot)).toBeGreaterThan(5_050_000);
    for (const slot of [1, 3]) expect(floor.of(slot)).toBeLessThan(6_000_000);
  });

  it('follows a clock that is ahead on the next connection, and rises over several', () => {
    const { floor, clock } = floorAt();
    floor.gave(1, 5_000_000, floor.sends());
    floor.connectionChanged();
    clock.ms += 50;
    floor.connectionChanged();
    expect(floor.of(2)).toBeGreaterThan(5_050_000);
    floor.gave(1, 900_000_000, floor.sends());
    clock.ms += 50;
    floor.connectionChanged();
    expect(floor.of(2)).toBeGreaterThan(900_050_000);
  });
});
