import { expect, it } from 'vitest';
import { ErrorReply, MapReply, OK, Prose, type ProtocolVersion, type Reply, SetReply } from './reply.js';
import { ReplyWriter } from './reply-writer.js';

function written(reply: Reply, protocol: ProtocolVersion): string {
  const writer = new ReplyWriter();
  writer.write(reply, protocol);
  return Buffer.concat(writer.take().map((part) => Buffer.from(part))).toString('latin1');
}

it.each<[string, Reply, string, string]>([
  ['a status', OK, '+OK\r\n', '+OK\r\n'],
  ['an error, in one line', new ErrorReply('ERR a\r\nb'), '-ERR a  b\r\n', '-ERR a  b\r\n'],
  ['a number', 2n ** 63n - 1n, ':9223372036854775807\r\n', ':9223372036854775807\r\n'],
  ['nothing', null, '$-1\r\n', '_\r\n'],
  ['text', 'ü', '$2\r\n\u00c3\u00bc\r\n', '$2\r\n\u00c3\u00bc\r\n'],
  ['bytes', Buffer.from([0xff, 0]), '$2\r\n\u00ff\0\r\n', '$2\r\n\u00ff\0\r\n'],
  ['a list', ['a', [1], null], '*3\r\n$1\r\na\r\n*1\r\n:1\r\n$-1\r\n', '*3\r\n$1\r\na\r\n*1\r\n:1\r\n_\r\n'],
  ['a map', new MapReply([['a', 1]]), '*2\r\n$1\r\na\r\n:1\r\n', '%1\r\n$1\r\na\r\n:1\r\n'],
  ['a set', new SetReply([1]), '*1\r\n:1\r\n', '~1\r\n:1\r\n'],
  ['prose', new Prose('hi'), '$2\r\nhi\r\n', '=6\r\ntxt:hi\r\n'],
])('writes %s for RESP2 and RESP3', (_, reply, second, third) => {
  expect(written(reply, 2)).toBe(second);
  expect(written(reply, 3)).toBe(third);
});

it('writes large texts and bytes between others in their order', () => {
  const large = 'x'.repeat(5000);
  const writer = new ReplyWriter();
  for (const reply of ['a', large, Buffer.from(large), 'b']) writer.write(reply, 2);
  const bulk = (text: string) => `$${text.length}\r\n${text}\r\n`;
  const taken = Buffer.concat(writer.take().map((part) => Buffer.from(part)));
  expect(String(taken)).toBe(['a', large, large, 'b'].map(bulk).join(''));
  expect(writer.take()).toEqual([]);
});
