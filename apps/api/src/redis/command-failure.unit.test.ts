import { readFileSync } from 'node:fs';
import { JournalFullError, NotReadyError } from '@hybrid-sync/sync-core';
import { describe, expect, it } from 'vitest';
import { TooManyCommandsError } from '../security/command-rates.js';
import { CommandError, failureReply, WORD_OF } from './command-failure.js';

const DOCUMENT = new URL('../../../../docs/redis.md', import.meta.url);

describe('an error', () => {
  it.each<[word: string, error: Error]>([
    ['OOM', new JournalFullError(1, 2)],
    ['LOADING', new NotReadyError('starting')],
    ['RATE_LIMITED', new TooManyCommandsError('wait')],
    ['NOPERM', new CommandError('NOPERM it needs the role admin')],
  ])('begins with the word %s and goes on in its own words', (word, error) => {
    const { message } = error;
    expect(failureReply(error).text).toBe(message.startsWith(word) ? message : `${word} ${message}`);
  });

  it('that is none of ours tells nothing of itself', () => {
    expect(failureReply(new Error('secret')).text).toMatch(/^ERR (?!.*secret)/);
  });
});

it("docs/redis.md has each word beside the error's code", () => {
  const rows = readFileSync(DOCUMENT, 'utf8').matchAll(/^\| `(\w+)` \| .* \| `(\w+)` \|$/gm);
  const words = Object.fromEntries(Array.from(rows, ([, word, code]) => [code, word]));
  expect(words).toMatchObject(WORD_OF);
});
