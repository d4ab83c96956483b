import { expect, it } from 'vitest';
import { acceptedType } from './accepted-type.js';

const OFFERS = ['text/html; charset=utf-8', 'application/json'];

it.each([
  [undefined, 'text/html; charset=utf-8'],
  ['', 'text/html; charset=utf-8'],
  [' ', 'text/html; charset=utf-8'],
  ['application/json', 'application/json'],
  ['application/json; charset=utf-8', 'application/json'],
  ['application/json;charset="utf-8, or so; v=1";v=2', 'application/json'],
  ['text/html ; level=1 ;q=0.1, application/json;v=1;q=0.9', 'application/json'],
  ['text/html;charset=latin1', 'text/html; charset=utf-8'],
  ['text/plain; charset=utf-8', undefined],
  ['application/json; charset=utf-8; q=0', undefined],
])('of what is there %j takes %j', (accept, type) => {
  expect(acceptedType({ accept }, OFFERS)).toBe(type);
});
