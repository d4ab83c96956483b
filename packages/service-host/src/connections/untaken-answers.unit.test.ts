import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect, it } from 'vitest';
import { UntakenAnswers } from './untaken-answers.js';

const KIB = 1024;

/** A response that is being taken until it is closed. */
class Response extends EventEmitter {
  destroyed = false;
  destroy(): void {
    this.destroyed = true;
    this.emit('close');
  }
}

function scene() {
  const untaken = new UntakenAnswers(1000 * KIB);
  const add = (caller: string, kib: number) => {
    const response = new Response();
    untaken.add(response as unknown as ServerResponse, kib * KIB, caller);
    return response;
  };
  const pack = (response: Response, kib: number) =>
    untaken.changed(response as unknown as ServerResponse, kib * KIB);
  return { untaken, add, pack };
}

it('what is taken is held no more', () => {
  const { untaken, add } = scene();
  const answer = add('a', 300);
  expect(untaken.bytes).toBe(300 * KIB);
  answer.emit('close');
  expect(untaken.bytes).toBe(0);
});

it('beyond the bound the caller that holds most loses the oldest of its answers, and nobody else any', () => {
  const { untaken, add } = scene();
  const other = add('other', 400);
  const greedy = [add('greedy', 250), add('greedy', 250)];
  expect(greedy.map(({ destroyed }) => destroyed)).toEqual([false, false]);
  greedy.push(add('greedy', 250), add('greedy', 250));
  expect(greedy.map(({ destroyed }) => destroyed)).toEqual([true, true, false, false]);
  expect(other.destroyed).toBe(false);
  expect(untaken.bytes).toBe(900 * KIB);
});

it('a single answer may be of any size', () => {
  const { untaken, add } = scene();
  const large = add('a', 5000);
  expect(large.destroyed).toBe(false);
  const next = add('b', 20);
  expect([large.destroyed, next.destroyed]).toEqual([true, false]);
  expect(untaken.bytes).toBe(20 * KIB);
});

it('small answers are not counted', () => {
  const { untaken, add } = scene();
  add('a', 15);
  expect(untaken.bytes).toBe(0);
});

it('an answer that was packed counts for what is left of it', () => {
  const { untaken, add, pack } = scene();
  const answers = [add('a', 900), add('b', 90), add('a', 10)] as const;
  pack(answers[0], 100);
  pack(answers[1], 1);
  pack(answers[2], 1);
  expect(untaken.bytes).toBe(100 * KIB);
  answers[1].destroy();
  expect(untaken.bytes).toBe(100 * KIB);
  answers[0].destroy();
  expect(untaken.bytes).toBe(0);
});
