import { chmod, mkdtemp, readlink, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ServiceUnavailableError } from '../errors.js';
import { findRedisServer } from './find-redis.js';

/** All that is on the PATH. */
let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-path-'));
  vi.stubEnv('PATH', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
  await rm(folder, { recursive: true });
});

async function programIs(name: string, text = ''): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

const as = (uid: number) => vi.spyOn(process, 'getuid').mockReturnValue(uid);
const into = () => join(folder, 'data');
/** An apt-get that installs what Debian's package has. */
const DEBIAN = () => programIs('apt-get', `PATH=/bin; cp "$0" '${folder}/redis-check-rdb'`);

it('one that is installed comes before one that would have to be', async () => {
  as(0);
  await DEBIAN();
  const valkey = await programIs('valkey-server');
  expect(await findRedisServer(into())).toBe(valkey);
});

it('root on Debian installs one, which goes by a link', async () => {
  as(0);
  await DEBIAN();
  const onInstall = vi.fn();
  const server = await findRedisServer(into(), onInstall);
  expect(await readlink(server)).toBe(join(folder, 'redis-check-rdb'));
  expect(await findRedisServer(into(), onInstall)).toBe(server);
  expect(onInstall).toHaveBeenCalledOnce();
});

it('others are told what to install or to set', async () => {
  as(1000);
  await DEBIAN();
  await expect(findRedisServer(into())).rejects.toThrow(/apt-get install redis-tools.*REDIS_URL/);
  as(0);
  await rm(join(folder, 'apt-get'));
  await expect(findRedisServer(into())).rejects.toThrow(ServiceUnavailableError);
});

it('an installation that fails, or brings nothing, says so', async () => {
  as(0);
  await programIs('apt-get', 'exit 100');
  await expect(findRedisServer(into())).rejects.toThrow(/could not be had from Debian's package/);
  await programIs('apt-get');
  await expect(findRedisServer(into())).rejects.toThrow(/brought no Redis/);
});
