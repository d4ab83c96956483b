import { describe, expect, it } from 'vitest';
import { InvalidInputError } from '../errors.js';
import { type Masters, randomCursorOf, scanCluster, scannedNode } from './cluster-scan.js';
import { HASH_SLOTS, type SlotRange } from './hash-slots.js';
import { cursorOf, positionOf } from './scan-cursor.js';
import type { ScriptedRedis } from './scripts.js';

const LAST = HASH_SLOTS - 1;
const FILTER = { match: '*', count: 1 };

/** A master in memory: keys by their hash slot, one on a page. */
class FakeMaster {
  readonly keys = new Map<string, number>();
  moving: string[] = [];
  epoch = 1;
  run = 'run-1';
  readonly id: string;
  ranges: SlotRange[];

  constructor(id: string, ranges: SlotRange[]) {
    this.id = id;
    this.ranges = ranges;
  }

  get redis(): ScriptedRedis {
    const own = this;
    return {
      get run() {
        return own.run;
      },
      scan: async (cursor: string) => {
        const names = [...this.keys.keys()];
        const at = Number(cursor);
        return [at + 1 < names.length ? String(at + 1) : '0', names.slice(at, at + 1)];
      },
      cluster: async () => {
        const slots = [...this.ranges.map(([from, to]) => `${from}-${to}`), ...this.moving].join(' ');
        return [
          'ffff 127.0.0.1:1@2 master - 0 0 9 connected 5-6',
          `${this.id} 127.0.0.1:3@4 myself,master - 0 0 ${this.epoch} connected ${slots}`,
          '',
        ].join('\n');
      },
    } as unknown as ScriptedRedis;
  }

  owns(slot: number): boolean {
    return this.ranges.some(([from, to]) => from <= slot && slot <= to);
  }

  /** Gives a hash slot with its keys to another master. */
  give(slot: number, to: FakeMaster): void {
    for (const [key, of] of this.keys) {
      if (of !== slot) continue;
      to.keys.set(key, of);
      this.keys.delete(key);
    }
    this.ranges = [
      [0, slot - 1],
      [slot + 1, 8000],
    ];
    to.ranges = [...to.ranges, [slot, slot]];
    to.epoch++;
  }
}

function cluster() {
  const [a, b] = [new FakeMaster('aa', [[0, 8000]]), new FakeMaster('bb', [[8001, LAST]])];
  for (const [key, slot] of [
    ['k1', 1],
    ['k2', 2],
    ['k3', 3],
  ] as const)
    a.keys.set(key, slot);
  for (const [key, slot] of [
    ['k9001', 9001],
    ['k9002', 9002],
  ] as const)
    b.keys.set(key, slot);
  const all = [a, b];
  const masters: Masters = {
    byId: (id) => all.find((master) => master.id === id)?.redis,
    ofSlot: (slot) => {
      const master = all.find((each) => each.owns(slot));
      if (master === undefined) throw new Error('no master');
      return { id: master.id, redis: master.redis };
    },
  };
  return { a, b, all, masters };
}

/** Scans on from a cursor; `afterPage` is told the number of each page. @returns the names */
async function scanned(masters: Masters, afterPage: (page: number) => void = () => undefined) {
  const names: string[] = [];
  let cursor = '0';
  for (let page = 1; page < 50; page++) {
    const [next, found] = await scanCluster(masters, cursor, FILTER);
    names.push(...found);
    if (next === '0') return names;
    cursor = next;
    afterPage(page);
  }
  throw new Error('the scan does not end');
}

describe('a scan of a cluster', () => {
  it('names the keys of every master, once while nothing moves', async () => {
    expect(await scanned(cluster().masters)).toEqual(['k1', 'k2', 'k3', 'k9001', 'k9002']);
  });

  it('names a key that moves to a master that was scanned already', async () => {
    const { a, b, masters } = cluster();
    const names = await scanned(masters, (page) => {
      if (page === 4) {
        // From b, which is being scanned, to a, which is done.
        a.keys.set('k9002', 9002);
        b.keys.delete('k9002');
        b.ranges = [
          [8001, 9001],
          [9003, LAST],
        ];
        a.ranges = [...a.ranges, [9002, 9002]];
        a.epoch++;
      }
    });
    expect(new Set(names)).toEqual(new Set(['k1', 'k2', 'k3', 'k9001', 'k9002']));
  });

  it('names a key that moves on the way, while its hash slot is not yet the other one`s', async () => {
    const { a, b, masters } = cluster();
    const names = await scanned(masters, (page) => {
      if (page === 1) {
        a.moving = ['[3->-bb]'];
        a.keys.delete('k3');
        b.keys.set('k3', 3);
      }
      if (page === 3) {
        a.moving = [];
        a.give(3, b);
      }
    });
    expect(names).toContain('k3');
  });

  it('ends while a hash slot is being moved for good, and names its keys on both sides', async () => {
    for (const way of ['up', 'down']) {
      const { a, b, masters } = cluster();
      // From the first to the second, and from the second to the first, which was scanned by then.
      const [from, to, slot] = way === 'up' ? [a, b, 3] : [b, a, 9002];
      from.moving = [`[${slot}->-${to.id}]`];
      to.moving = [`[${slot}-<-${from.id}]`];
      to.keys.set('elsewhere', slot);
      const late = way === 'up' ? 'k3' : 'k9002';
      const names = await scanned(masters, (page) => {
        if (page !== (way === 'up' ? 1 : 4)) return;
        from.keys.delete(late);
        to.keys.set(late, slot);
      });
      expect(new Set(names)).toEqual(new Set(['k1', 'k2', 'k3', 'k9001', 'k9002', 'elsewhere']));
    }
  });

  it('says so where a hash slot is being moved to a node that is not known yet', async () => {
    const { a, masters } = cluster();
    a.moving = ['[3->-cc]'];
    await expect(scanned(masters)).rejects.toThrow('being moved to a node that has no hash slot yet');
  });

  it('takes up a hash slot again whose move was given up', async () => {
    const { a, b, masters } = cluster();
    a.moving = ['[3->-bb]'];
    a.keys.delete('k3');
    b.keys.set('elsewhere', 3);
    const names = await scanned(masters, (page) => {
      if (page !== 2) return;
      a.moving = [];
      b.keys.delete('elsewhere');
      a.keys.set('k3', 3);
    });
    expect(new Set(names)).toEqual(new Set(['k1', 'k2', 'k3', 'k9001', 'k9002']));
  });

  it('begins a master anew that was started again, since its cursors mean something else then', async () => {
    const { a, masters } = cluster();
    const names = await scanned(masters, (page) => {
      if (page === 1) a.run = 'run-2';
    });
    expect(names).toEqual(['k1', 'k2', 'k1', 'k2', 'k3', 'k9001', 'k9002']);
  });

  it('begins the replica anew that took a master`s place', async () => {
    const { a, all, masters } = cluster();
    const names = await scanned(masters, (page) => {
      if (page !== 2) return;
      const replica = new FakeMaster('cc', a.ranges);
      for (const [key, slot] of a.keys) replica.keys.set(key, slot);
      all.splice(0, 1, replica);
    });
    expect(names).toEqual(['k1', 'k2', 'k1', 'k2', 'k3', 'k9001', 'k9002']);
  });

  it('does not end where hash slots have no master', async () => {
    const { b, masters } = cluster();
    b.ranges = [[8001, 9000]];
    await expect(scanned(masters)).rejects.toThrow('no master');
  });

  it.each([
    '1',
    'c',
    'cx.',
    'c.1-',
    'c.1-99999',
    'c.2-1',
    'caa.0000000000000000.',
    '',
    'c.1-2,',
    'c.0-1.',
    'c.0-1.2-1',
    'c.bAAAA',
    `c.x${'A'.repeat(2731)}`,
  ])('takes no cursor such as %s', (cursor) => {
    expect(() => positionOf(cursor)).toThrow(InvalidInputError);
  });
});

describe('a cursor', () => {
  it('of hash slots that are scattered as widely as can be is no longer than callers may give back', () => {
    const every = (from: number) =>
      Array.from({ length: HASH_SLOTS / 2 }, (_, at): SlotRange => [2 * at + from, 2 * at + from]);
    const part = { node: 'a'.repeat(40), mark: 'b'.repeat(16), cursor: '1'.repeat(20) };
    const position = { done: every(0), left: every(1), part };
    const cursor = cursorOf(position);
    expect(cursor.length).toBeLessThanOrEqual(6000);
    expect(cursor).toMatch(/^c[\w.,-]+$/);
    expect(positionOf(cursor)).toEqual(position);
  });

  it('at some place is at any of the masters, and the others follow', async () => {
    const { masters } = cluster();
    const cursors = await Promise.all(Array.from({ length: 100 }, () => randomCursorOf(masters)));
    expect(new Set(cursors.map((cursor) => positionOf(cursor).part?.node))).toEqual(new Set(['aa', 'bb']));
    const atB = cursors.find((cursor) => positionOf(cursor).part?.node === 'bb') ?? '';
    // There is nothing so far on in these, which have one key on a page.
    const [next, none] = await scanCluster(masters, atB, FILTER);
    expect([none, (await scanCluster(masters, next, FILTER))[1]]).toEqual([[], ['k1']]);
  });
});

describe('what a node says of itself', () => {
  it('leaves out hash slots that are being moved', () => {
    const nodes = 'aa 1 myself,master - 0 0 3 connected 0-5 7 [3->-bb] [9-<-bb]';
    expect(scannedNode(nodes, 'r')).toMatchObject({
      whole: [
        [0, 2],
        [4, 5],
        [7, 7],
      ],
      leaving: new Map([[3, 'bb']]),
      coming: [9],
    });
  });

  it('has another mark after a start, a failover and a move', () => {
    const line = (epoch: number, slots: string) => `aa 1 myself,master - 0 0 ${epoch} connected ${slots}`;
    const marks = [
      scannedNode(line(3, '0-5'), 'r'),
      scannedNode(line(3, '0-5'), 's'),
      scannedNode(line(4, '0-5'), 'r'),
      scannedNode(line(3, '0-4'), 'r'),
    ].map(({ mark }) => mark);
    expect(new Set(marks).size).toBe(4);
    expect(scannedNode(line(3, '0-5'), 'r').mark).toBe(marks[0]);
  });
});
