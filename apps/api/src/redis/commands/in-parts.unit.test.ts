import { setImmediate as othersTurn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { inParts } from './in-parts.js';

const items = Array.from({ length: 600 }, (_, index) => index);

it('does no more than a part at once, and answers in order', async () => {
  let underWay = 0;
  let most = 0;
  const doubled = await inParts(items, async (item) => {
    most = Math.max(most, ++underWay);
    await othersTurn();
    underWay--;
    return 2 * item;
  });
  expect(most).toBe(256);
  expect(doubled).toEqual(items.map((item) => 2 * item));
});

it('begins nothing behind a part of which one fails, and waits for the others in it', async () => {
  const through: number[] = [];
  const failing = inParts(items, async (item) => {
    if (item === 3) throw new Error('three');
    await othersTurn();
    through.push(item);
  });
  await expect(failing).rejects.toThrow('three');
  expect(through).toHaveLength(255);
});
