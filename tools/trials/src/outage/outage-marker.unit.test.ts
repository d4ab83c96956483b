import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import { isAbandoned, LATE_MS, markerOf, parseMarker } from './outage-marker.js';

const UNTIL = 1_700_000_000_000;
const marker = { runId: 'ab3de', host: 'here', pid: 42, until: UNTIL };
const alive = () => true;
const dead = () => false;

describe('isAbandoned', () => {
  it.each([
    ['its run is alive and on time', marker, UNTIL, alive, false],
    ['its run is alive and a little late', marker, UNTIL + LATE_MS, alive, false],
    [
      'its run is alive, but its number may be another process’s by now',
      marker,
      UNTIL + LATE_MS + 1,
      alive,
      true,
    ],
    ['its run is dead', marker, UNTIL - 60_000, dead, true],
    ['it is of another machine and on time', { ...marker, host: 'there' }, UNTIL, dead, false],
    ['it is of another machine and long over', { ...marker, host: 'there' }, UNTIL + LATE_MS + 1, dead, true],
  ])('when %s', (_, left, now, isAlive, abandoned) => {
    expect(isAbandoned(left, now, 'here', isAlive)).toBe(abandoned);
  });

  it('tells a living process from a dead one', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    await once(child, 'exit');
    const here = { ...marker, host: hostname() };
    expect(isAbandoned({ ...here, pid: child.pid ?? 0 }, UNTIL)).toBe(true);
    expect(isAbandoned({ ...here, pid: process.pid }, UNTIL)).toBe(false);
  });
});

describe('parseMarker', () => {
  it('reads what markerOf wrote', () => {
    const written = markerOf('ab3de', UNTIL);
    expect(parseMarker(JSON.stringify(written))).toEqual(written);
    expect(written).toMatchObject({ pid: process.pid, host: hostname() });
  });

  it.each(['', 'null', '{}', '{"runId":1}', 'not json'])('takes %j for a marker long overdue', (text) => {
    expect(isAbandoned(parseMarker(text), Date.now())).toBe(true);
  });
});
