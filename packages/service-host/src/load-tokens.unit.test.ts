import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createToken } from '@hybrid-sync/access-tokens';
import { ConfigurationError } from '@hybrid-sync/sync-core';
import { afterAll, describe, expect, it } from 'vitest';
import { loadTokens } from './load-tokens.js';

const folder = mkdtempSync(join(tmpdir(), 'tokens-'));
afterAll(() => rmSync(folder, { recursive: true }));
const fileOf = (text: string) => {
  const file = join(folder, `${Math.random()}`);
  writeFileSync(file, text);
  return file;
};
const { token, entry } = createToken({ name: 'a', role: 'read' });
const NONE = { apiTokens: undefined, apiTokensFile: undefined };

describe('tokens', () => {
  it('are read from the environment, or from a file', () => {
    expect(loadTokens({ ...NONE, apiTokens: entry })?.identify(token)).toMatchObject({ name: 'a' });
    const apiTokensFile = fileOf(`# a reader\n${entry}\n`);
    expect(loadTokens({ ...NONE, apiTokensFile })?.identify(token)).toMatchObject({ name: 'a' });
  });

  it('are none where neither is given', () => {
    expect(loadTokens(NONE)).toBeUndefined();
  });

  it.each([
    ['given twice', { apiTokens: entry, apiTokensFile: fileOf(entry) }, /not both/],
    ['that are none after all', { ...NONE, apiTokens: ',' }, /API_TOKENS: holds no token/],
    ['in an empty file', { ...NONE, apiTokensFile: fileOf('# none yet') }, /holds no token/],
    ['in a file that is not there', { ...NONE, apiTokensFile: join(folder, 'absent') }, /absent: ENOENT/],
    ['at fault', { ...NONE, apiTokens: `${entry} ${token}` }, /API_TOKENS: entry 2: /],
    ['at fault in a file', { ...NONE, apiTokensFile: fileOf(token) }, /API_TOKENS_FILE=.*: entry 1: /],
  ])('%s stop the start and are not quoted', (_, settings, message) => {
    let error: unknown;
    try {
      loadTokens(settings);
    } catch (reason) {
      error = reason;
    }
    expect(error).toBeInstanceOf(ConfigurationError);
    expect(String(error)).toMatch(message);
    expect(String(error)).not.toContain(token);
  });
});
