import { ReplyWriter } from '@hybrid-sync/redis-protocol';
import { expect, it } from 'vitest';
import { Answers } from './answers.js';

it('an answer that was written holds its reply no longer, while those behind it are awaited', () => {
  const answers = new Answers();
  const writer = new ReplyWriter();
  const owner = { replied: answers.replied.bind(answers), next: () => Promise.resolve() };
  const [first, second] = [answers.push(10, 2, owner), answers.push(10, 2, owner)];
  first.replied(Buffer.alloc(100_000));
  answers.writeTo(writer);
  expect(Buffer.concat(writer.take().map((part) => Buffer.from(part))).length).toBeGreaterThan(100_000);
  expect([first.reply, answers.bytes, answers.areWritten]).toEqual([undefined, 10, false]);
  second.replied(1);
  answers.writeTo(writer);
  expect([String(writer.take()), answers.bytes, answers.areWritten]).toEqual([':1\r\n', 0, true]);
});
