import { ReplyWriter } from '@hybrid-sync/redis-protocol';
import { expect, it } from 'vitest';
import { BegunCommands } from './begun-commands.js';

it('an answer that was written holds its reply no longer, while those behind it are awaited', () => {
  const begun = new BegunCommands();
  const writer = new ReplyWriter();
  const owner = { replied: begun.replied.bind(begun), next: () => Promise.resolve() };
  const [first, second] = [begun.push(10, 2, owner), begun.push(10, 2, owner)];
  first.replied(Buffer.alloc(100_000));
  begun.writeTo(writer);
  expect(Buffer.concat(writer.take().map((part) => Buffer.from(part))).length).toBeGreaterThan(100_000);
  expect([first.reply, begun.bytes, begun.areWritten]).toEqual([undefined, 10, false]);
  second.replied(1);
  begun.writeTo(writer);
  expect([String(writer.take()), begun.bytes, begun.areWritten]).toEqual([':1\r\n', 0, true]);
});
