import { describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.js';

describe('token create', () => {
  it('prints the token once, and its line without it', async () => {
    const { stdout } = await runCli([
      ...['token', 'create', '--name', 'a', '--role', 'read', '--expires', '2999-01-31'],
    ]);
    const [token] = /hs_[\w-]{43}/.exec(stdout) ?? [];
    expect(stdout.split(token ?? 'none')).toHaveLength(2);
    expect(stdout).toMatch(/^ {2}a:read:[0-9a-f]{64}:2999-01-31T00:00:00.000Z$/m);
  });

  it.each([
    [['--name=a b', '--role=read']],
    [['--name=a', '--role=owner']],
    [['--name=a']],
    [['--role=read']],
    [['--name=a', '--role=read', '--expires=2027-02-30']],
    [['--name=a', '--role=read', '--expires=2001-01-01']],
    [['--name=a', '--role=read', '--expires=soon']],
  ])('refuses %j', async (options) => {
    const { code, stdout, stderr } = await runCli(['token', 'create', ...options, '--json']);
    expect([code, stdout, JSON.parse(stderr).success]).toEqual([2, '', false]);
  });
});
