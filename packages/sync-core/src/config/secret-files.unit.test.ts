import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConfigurationError } from '../permanent-errors.js';
import { loadSettings } from './load-settings.js';
import { IN_SECRET_FILES } from './secret-files.js';
import { SETTINGS } from './settings.js';

const SECRET = 'hunter2-4711';
const URLS = {
  redisUrl: `redis://:${SECRET}@cache:6379`,
  queueRedisUrl: `redis://:${SECRET}@queue:6379`,
  mongodbUrl: `mongodb://u:${SECRET}@store:27017/db`,
} as const;

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'secret-files-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** A file with this content. */
function fileOf(content: string): string {
  const file = join(directory, 'secret');
  writeFileSync(file, content);
  return file;
}

const faultOf = (env: Record<string, string>): string => {
  try {
    loadSettings({ env });
    return '';
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message;
  }
};

describe.each(IN_SECRET_FILES)('%s', (name) => {
  const variable = SETTINGS[name].env;
  const url = URLS[name];

  it.each([
    ['as it is', ''],
    ['without the newline at its end', '\n'],
    ['without that of Windows', '\r\n'],
  ])('is what its file holds, %s', (_, end) => {
    const { settings, sources } = loadSettings({ env: { [`${variable}_FILE`]: fileOf(url + end) } });
    expect(settings[name]).toBe(url);
    expect(sources[name]).toBe('environment');
  });

  it('is read once, at the start', () => {
    const { settings } = loadSettings({ env: { [`${variable}_FILE`]: fileOf(url) } });
    fileOf('another');
    expect(settings[name]).toBe(url);
  });

  it('is what the variable says, where its file has no name', () => {
    expect(loadSettings({ env: { [variable]: url, [`${variable}_FILE`]: '' } }).settings[name]).toBe(url);
  });

  it('is refused where it is given twice', () => {
    const told = faultOf({ [variable]: url, [`${variable}_FILE`]: fileOf(url) });
    expect(told).toContain(`${variable}_FILE: give it or ${variable}, not both`);
    expect(told).not.toContain(SECRET);
  });

  it.each([
    ['is empty', () => fileOf('\n'), 'its file is empty'],
    ['is not there', () => join(directory, SECRET), "its file can't be read (ENOENT)"],
    ['is a folder', () => directory, "its file can't be read (EISDIR)"],
    ['has a name that none may have', () => `${SECRET}\0`, "its file can't be read"],
    ['is too large', () => fileOf(SECRET.repeat(10_000)), 'its file is larger than 100000 bytes'],
  ])('is refused by name, without its content, when its file %s', (_, file, fault) => {
    const told = faultOf({ [`${variable}_FILE`]: file() });
    expect(told).toContain(`${variable}_FILE: ${fault}`);
    expect(told).not.toContain(SECRET);
  });

  it('is refused without being quoted when its file holds no URL of its kind', () => {
    const told = faultOf({ [`${variable}_FILE`]: fileOf(`http://${SECRET}`) });
    expect(told).toContain(`${variable}: must start with`);
    expect(told).not.toContain(SECRET);
  });
});
