import { expect, it } from 'vitest';
import { commandCounter } from './mongodb-commands.js';

/** A message whose document begins with `command`, and is followed by `more` bytes of whatever. */
function message(command: string, more = 0, opcode = 2013): Buffer {
  const document = Buffer.concat([
    Buffer.from([0, 0, 0, 0, 2]),
    Buffer.from(`${command}\0`),
    Buffer.alloc(more + 8),
  ]);
  const head = Buffer.alloc(21);
  head.writeInt32LE(head.length + document.length, 0);
  head.writeInt32LE(opcode, 12);
  return Buffer.concat([head, document]);
}

/** What is counted of these bytes where they come in parts of `size`. */
function counted(bytes: Buffer, size: number): string[] {
  const commands: string[] = [];
  const take = commandCounter((command) => commands.push(command));
  for (let from = 0; from < bytes.length; from += size) take(bytes.subarray(from, from + size));
  return commands;
}

it.each([1, 7, 100, 1_000_000])('counts every command once, in parts of %d bytes', (size) => {
  const bytes = Buffer.concat([
    message('ping'),
    message('insert', 5000),
    message('find', 3),
    message('hello'),
  ]);
  expect(counted(bytes, size)).toEqual(['ping', 'insert', 'find', 'hello']);
});

it('other messages are no commands', () => {
  expect(counted(Buffer.concat([message('isMaster', 40, 2004), message('ping')]), 10)).toEqual(['ping']);
});
