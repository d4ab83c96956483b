import { expect, it } from 'vitest';
import { OwnedParts } from './owned-parts.js';

const stopping = (said: string[], name: string, fault?: Error) => ({
  async stop() {
    said.push(name);
    if (fault !== undefined) throw fault;
  },
});

it('at the end of their block the last one stops first, also when the block fails', async () => {
  const said: string[] = [];
  const work = async () => {
    await using owned = new OwnedParts();
    const first = owned.own(stopping(said, 'first'));
    expect(first.stop).toBeTypeOf('function');
    owned.add(async () => void said.push('second'));
    throw new Error('of the work');
  };
  await expect(work()).rejects.toThrow('of the work');
  expect(said).toEqual(['second', 'first']);
});

it('all of them stop, whichever fails to, and the first failure is told', async () => {
  const said: string[] = [];
  const owned = new OwnedParts();
  owned.own(stopping(said, 'first', new Error('of the first')));
  owned.own(stopping(said, 'second', new Error('of the second')));
  owned.own(stopping(said, 'third'));
  await expect(owned.stop()).rejects.toThrow('of the second');
  expect(said).toEqual(['third', 'second', 'first']);
});
