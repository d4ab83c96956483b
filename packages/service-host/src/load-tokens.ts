import { readFileSync } from 'node:fs';
import { parseTokenEntries, TokenBook, TokenEntryError } from '@hybrid-sync/access-tokens';
import { ConfigurationError, reasonOf, type Settings } from '@hybrid-sync/sync-core';

/**
 * The tokens that `API_TOKENS` or the file of `API_TOKENS_FILE` holds; undefined where neither is given.
 * @throws ConfigurationError naming every entry at fault, a file that can't be read, or a list without tokens
 */
export function loadTokens({
  apiTokens,
  apiTokensFile,
}: Pick<Settings, 'apiTokens' | 'apiTokensFile'>): TokenBook | undefined {
  if (apiTokens !== undefined && apiTokensFile !== undefined) {
    throw new ConfigurationError(['API_TOKENS and API_TOKENS_FILE: give one of them, not both']);
  }
  if (apiTokens !== undefined) return bookOf('API_TOKENS', () => apiTokens);
  if (apiTokensFile === undefined) return undefined;
  return bookOf(`API_TOKENS_FILE=${apiTokensFile}`, () => readFileSync(apiTokensFile, 'utf8'));
}

function bookOf(where: string, read: () => string): TokenBook {
  try {
    const book = new TokenBook(parseTokenEntries(read()));
    if (book.size === 0) throw new TokenEntryError(['holds no token']);
    return book;
  } catch (error) {
    const faults = error instanceof TokenEntryError ? error.faults : [reasonOf(error)];
    throw new ConfigurationError(faults.map((fault) => `${where}: ${fault}`));
  }
}
