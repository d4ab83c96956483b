import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverUnderTest, tokensOfEachRole } from './testing/server-under-test.js';

const { made, book } = tokensOfEachRole();
const app = serverUnderTest({ tokens: book });
const TOKEN = `Authorization: Bearer ${made.read.token}`;
let port: number;
beforeAll(async () => {
  port = Number(new URL(await app.listen({ host: '127.0.0.1', port: 0 })).port);
});
afterAll(() => app.close());

/** Sends a request with these header lines, and gives back its status and the code of its problem. */
async function answerTo(
  path: string,
  ...lines: string[]
): Promise<[status: number, code: string | undefined]> {
  const socket = connect(port, '127.0.0.1');
  let answer = '';
  socket.on('data', (data) => {
    answer += data.toString('latin1');
  });
  socket.write(`GET ${path} HTTP/1.1\r\n${lines.join('\r\n')}\r\nConnection: close\r\n\r\n`);
  await once(socket, 'close');
  return [Number(answer.split(' ')[1]), /"code":"(\w+)"/.exec(answer)?.[1]];
}

describe('a request that can be read in two ways is refused', () => {
  it.each<[string, string[], number, string | undefined]>([
    ['one Host', ['Host: localhost', TOKEN], 200, undefined],
    ['two Hosts', ['Host: localhost', 'Host: elsewhere.example', TOKEN], 400, 'INVALID_REQUEST'],
    ['the same Host twice', ['Host: localhost', TOKEN, 'Host: localhost'], 400, 'INVALID_REQUEST'],
    ['a Host with a user', ['Host: localhost@elsewhere.example', TOKEN], 400, 'INVALID_REQUEST'],
    ['a Host with a path', ['Host: localhost/elsewhere', TOKEN], 400, 'INVALID_REQUEST'],
    ['two tokens', ['Host: localhost', TOKEN, TOKEN], 401, 'UNAUTHORIZED'],
    [
      'two tokens, one of them guessed',
      ['Host: localhost', TOKEN, 'Authorization: Bearer x'],
      401,
      'UNAUTHORIZED',
    ],
    ['a body in chunks', ['Host: localhost', TOKEN, 'Transfer-Encoding: Chunked'], 200, undefined],
    [
      'a body packed on the way',
      ['Host: localhost', TOKEN, 'Transfer-Encoding: gzip, chunked'],
      400,
      'INVALID_REQUEST',
    ],
    [
      'a body packed on the way, on two lines',
      ['Host: localhost', TOKEN, 'Transfer-Encoding: gzip', 'Transfer-Encoding: chunked'],
      400,
      'INVALID_REQUEST',
    ],
  ])('%s', async (_, lines, ...outcome) => {
    expect(await answerTo('/read', ...lines)).toEqual(outcome);
  });

  it.each([
    [150, 200, undefined],
    [250, 431, 'HEADERS_TOO_LARGE'],
    [2500, 431, 'HEADERS_TOO_LARGE'],
  ])('a token behind %i other header lines', async (count, ...outcome) => {
    const others = Array.from({ length: count }, () => 'a:');
    expect(await answerTo('/read', 'Host: localhost', ...others, TOKEN)).toEqual(outcome);
  });
});

describe('a path is taken in its plain form only', () => {
  it.each<[string, number, string | undefined]>([
    ['/read', 200, undefined],
    ['/%72ead', 400, 'INVALID_INPUT'],
    ['/re%61d', 400, 'INVALID_INPUT'],
    ['/re%61d?a', 400, 'INVALID_INPUT'],
    ['/read?%61=%62', 200, undefined],
    ['/un%2Dknown', 400, 'INVALID_INPUT'],
    ['/un%2eknown', 400, 'INVALID_INPUT'],
    ['/un%5fknown%7e', 400, 'INVALID_INPUT'],
    ['/%46iles/a', 400, 'INVALID_INPUT'],
    ['/files/%61', 400, 'INVALID_INPUT'],
    ['/files/a%2Fb%20c%40%25%C3%A4', 200, undefined],
    ['/files/%', 400, 'INVALID_INPUT'],
    ['/files/%ff', 400, 'INVALID_INPUT'],
    ['/%c3', 400, 'INVALID_INPUT'],
    ['/files/a?%ff', 200, undefined],
  ])('%s', async (path, ...outcome) => {
    expect(await answerTo(path, 'Host: localhost', TOKEN)).toEqual(outcome);
  });
});
