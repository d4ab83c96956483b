import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Turn, Turns } from './turns.js';

/** Turns whose commands note when they began, and end when they are told to. */
function world() {
  const turns = new Turns();
  const begun: string[] = [];
  const note = (name: string, taken: Turn): Turn => {
    if (taken.begin === undefined) begun.push(name);
    else void taken.begin.then(() => begun.push(name));
    return taken;
  };
  return { turns, begun, note };
}

it('has commands of one kind on a key go together, and those of another kind behind them', async () => {
  const { turns, begun, note } = world();
  const first = note('read 1', turns.take(['a'], 'reads'));
  const second = note('read 2', turns.take(['a'], 'reads'));
  const write = note('write', turns.take(['a'], 'writes'));
  note('another write', turns.take(['a'], 'writes'));
  note('read 3', turns.take(['a'], 'reads'));
  note('other key', turns.take(['b'], 'writes'));
  expect(begun).toEqual(['read 1', 'read 2', 'other key']);
  first.end();
  await turn();
  expect(begun).toHaveLength(3);
  second.end();
  await turn();
  expect(begun.slice(3)).toEqual(['write', 'another write']);
  write.end();
  await turn();
  expect(begun).not.toContain('read 3');
});

it('has those on its keys go on as soon as it is made, and what is about all keys when it is through', async () => {
  const { turns, begun, note } = world();
  const write = note('write', turns.take(['a'], 'writes'));
  note('read', turns.take(['a'], 'reads')).end();
  note('all', turns.takeAll());
  write.made();
  await turn();
  expect(begun).toEqual(['write', 'read']);
  write.end();
  await turn();
  expect(begun).toEqual(['write', 'read', 'all']);
});

it('has what goes alone wait for all before it, and all behind it wait', async () => {
  const { turns, begun, note } = world();
  const write = note('write', turns.take(['a'], 'writes'));
  const alone = note('alone', turns.take(['a', 'a'], 'alone'));
  note('next', turns.take(['a'], 'writes'));
  write.end();
  await turn();
  expect(begun).toEqual(['write', 'alone']);
  alone.end();
  await turn();
  expect(begun).toEqual(['write', 'alone', 'next']);
});

it('has what is about all keys stand between those before and those behind', async () => {
  const { turns, begun, note } = world();
  const write = note('write', turns.take(['a'], 'writes'));
  const all = note('all', turns.takeAll());
  note('read', turns.take(['b'], 'reads'));
  expect(begun).toEqual(['write']);
  write.end();
  await turn();
  expect(begun).toEqual(['write', 'all']);
  all.end();
  await turn();
  expect(begun).toEqual(['write', 'all', 'read']);
});

it('waits for nobody where all before it are through', () => {
  const { turns, begun, note } = world();
  note('write', turns.take(['a', 'b', 'a'], 'writes')).end();
  note('read', turns.take(['b'], 'reads')).end();
  note('all', turns.takeAll()).end();
  note('empty name', turns.take([''], 'writes'));
  expect(begun).toEqual(['write', 'read', 'all', 'empty name']);
});

it('has nobody overtake who waits for another key', async () => {
  const { turns, begun, note } = world();
  const read = note('read a', turns.take(['a'], 'reads'));
  note('write b and a', turns.take(['b', 'a'], 'writes'));
  note('write b', turns.take(['b'], 'writes'));
  expect(begun).toEqual(['read a']);
  read.end();
  await turn();
  expect(begun).toEqual(['read a', 'write b and a', 'write b']);
});
