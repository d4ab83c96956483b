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
      ...{ rounds: 3, seed: 'x', profile: 'cluster14', rate: 80, seconds: 90, settle: 120 },
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
    [['more']],
  ])('refuses %j', (argv) => {
    expect(() => parse(...argv)).toThrow(UsageError);
  });

  it('takes faults by their names, each once', () => {
    expect(parse('--faults', 'fail-over,kill-api,fail-over')?.faults).toEqual(['fail-over', 'kill-api']);
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
