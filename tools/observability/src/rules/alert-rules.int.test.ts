import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { promtoolForTests } from '../testing/promtool.js';
import { CONFIG_FILE, RULE_TESTS_FILE, RULES_FILE } from './alert-rules.js';

const INSTALL_TIMEOUT_MS = 180_000;
const promtool = await promtoolForTests();

describe.skipIf(promtool === undefined)('promtool', { timeout: INSTALL_TIMEOUT_MS }, () => {
  const run = async (...args: string[]) => (await promtool?.(args)) ?? { code: -1, said: '' };
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-rules-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it('finds nothing wrong with the rules', async () => {
    expect(await run('check', 'rules', RULES_FILE)).toMatchObject({ code: 0 });
  });

  it('finds nothing wrong with the configuration, as the compose file mounts it', async () => {
    const config = (await readFile(CONFIG_FILE, 'utf8')).replace('/etc/prometheus/rules/*.yml', RULES_FILE);
    const file = join(folder, 'prometheus.yml');
    await writeFile(file, config);
    const { code, said } = await run('check', 'config', file);
    expect(said).toContain('1 rule files found');
    expect(code).toBe(0);
  });

  it('sees each alert fire, and not fire, where it should', async () => {
    expect(await run('test', 'rules', RULE_TESTS_FILE)).toEqual({
      code: 0,
      said: expect.stringContaining('SUCCESS'),
    });
  });

  it.each([
    ['never fires', / > 500$/m, ' > 5000'],
    ['fires too early', / > 500$/m, ' > 499'],
  ])('says so when an alert %s', async (_, threshold, wrong) => {
    await writeFile(
      join(folder, 'wrong.yml'),
      (await readFile(RULES_FILE, 'utf8')).replace(threshold, wrong),
    );
    const tests = join(folder, 'tests.yml');
    await writeFile(
      tests,
      (await readFile(RULE_TESTS_FILE, 'utf8')).replace('../rules/hybrid-sync.yml', 'wrong.yml'),
    );
    const { code, said } = await run('test', 'rules', tests);
    expect(code).not.toBe(0);
    expect(said).toContain('HybridSyncOutboxBacklog');
  });
});
