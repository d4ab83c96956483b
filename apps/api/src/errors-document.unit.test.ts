import { readFileSync } from 'node:fs';
import * as exported from '@hybrid-sync/client';
import { type ClientError, HybridSyncClient } from '@hybrid-sync/client';
import { type ProblemCode, problem, STATUS_OF } from '@hybrid-sync/service-host';
import { expect, it } from 'vitest';

const PAGE = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

/** The rows of a table of the page, cell by cell, without its head. */
function rowsOf(table: string): string[][] {
  const [, text = ''] = PAGE.split(new RegExp(`<!-- (?:table|end): ${table} -->`));
  const [, , ...rows] = text.trim().split('\n');
  return rows.map((row) => row.slice(2, -2).split(' | '));
}

/** What the client makes of a problem. */
async function failureOf(code: ProblemCode): Promise<ClientError> {
  const { status, ...body } = problem(code, 'words');
  const client = new HybridSyncClient({
    url: 'http://api',
    retries: 0,
    send: async () => ({ status, text: JSON.stringify(body), retryAfter: null }),
  });
  return client.set('a', 'v').then(
    () => Promise.reject(new Error('it did not fail')),
    (error) => error,
  );
}

it('docs/errors.md names every code of the api with its status and meaning', () => {
  const codes = Object.keys(STATUS_OF) as ProblemCode[];
  expect(rowsOf('api').map(([code, status, meaning]) => [code, status, meaning])).toEqual(
    codes.map((code) => [`\`${code}\``, String(STATUS_OF[code]), problem(code, '').title]),
  );
});

it.each(rowsOf('api'))('docs/errors.md says of %s whether the client sends it again', async (...row) => {
  const code = row[0]?.replaceAll('`', '') as ProblemCode;
  // That there is no such route is no answer of an api.
  if (code === 'NOT_FOUND' || code === 'METHOD_NOT_ALLOWED') return expect(row.at(-1)).toBe('no');
  const { passes, mayHaveBeenDone, code: told } = await failureOf(code);
  expect([told, row.at(-1)]).toEqual([code, passes ? (mayHaveBeenDone ? 'as a read' : 'yes') : 'no']);
});

it('docs/errors.md names every code of the client with its class', () => {
  const { UnreachableError, TimedOutError, NotAnApiError } = exported;
  const errors = [
    new UnreachableError('u', 'r', false),
    new TimedOutError('u', 1),
    new NotAnApiError('u', 200),
  ];
  expect(rowsOf('client').map(([code, name]) => [code, name])).toEqual(
    errors.map(({ code, name }) => [`\`${code}\``, `\`${name}\``]),
  );
});
