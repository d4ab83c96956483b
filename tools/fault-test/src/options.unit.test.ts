import { UsageError } from '@hybrid-sync/trials';
import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';

const parse = (...argv: string[]) => parseOptions(argv, () => undefined);

describe('the command line', () => {
  it('has defaults for everything, and a seed of its own', () => {
    expect(parse()).toMatchObject({ rounds: 1, profile: 'cluster14', rate: 150, short: false, json: false });
    expect(parse()?.seed).toMatch(/^\d+$/);
  });

  it('takes what is given', () => {
    expect(
      parse('--rounds', '3', '--seed', 'x', '--rate', '80', '--seconds', '90', '--short', '--json'),
    ).toEqual({
      ...{
        topology: 'single',
        waitReplicas: 0,
        rounds: 3,
        seed: 'x',
        profile: 'cluster14',
        rate: 80,
        seconds: 90,
        settle: 120,
      },
      ...{ short: true, json: true },
    });
  });

  it.each([
    [['--rounds', '0']],
    [['--rounds', '1.5']],
    [['--rounds', '1001']],
    [['--rate', 'fast']],
    [['--faults', 'fail-over,earthquake']],
    [['--seconds', '-1']],
    [['--round', '1']],
    [['--topology', 'ring']],
    [['--topology', 'cluster', '--faults', 'kill-redis']],
    [['--faults', 'kill-master']],
    [['--topology', 'sentinel', '--faults', 'move-slot']],
    [['--topology', 'sentinel', '--wait-replicas', '3']],
    [['more']],
  ])('refuses %j', (argv) => {
    expect(() => parse(...argv)).toThrow(UsageError);
  });

  it('takes faults by their names, each once', () => {
    expect(parse('--faults', 'fail-over,kill-api,fail-over')?.faults).toEqual(['fail-over', 'kill-api']);
  });

  it('has answers wait for all replicas of a master, unless told otherwise', () => {
    const waits = (...argv: string[]) => parse(...argv)?.waitReplicas;
    expect(waits()).toBe(0);
    expect(waits('--topology', 'sentinel')).toBe(2);
    expect(waits('--topology', 'cluster')).toBe(1);
    expect(waits('--topology', 'cluster', '--wait-replicas', '0')).toBe(0);
  });

  it('prints help when asked', () => {
    let printed = '';
    expect(
      parseOptions(['--help'], (text) => {
        printed += text;
      }),
    ).toBeUndefined();
    expect(printed).toContain('Exit code');
  });
});
