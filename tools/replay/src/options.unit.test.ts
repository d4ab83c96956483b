import { UsageError } from '@hybrid-sync/trials';
import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.js';

const parse = (...argv: string[]) => parseOptions(argv, () => {});

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    const { seed, ...rest } = parse() ?? {};
    expect(rest).toEqual({
      profile: 'cluster12',
      seconds: 60,
      rate: 500,
      inFlight: 512,
      timeout: 15,
      settle: 120,
      api: 'http://127.0.0.1:8080',
      json: false,
      resumeFastPath: false,
    });
    expect(seed).toMatch(/^\d+$/);
    expect(parse()?.seed).not.toBe(seed);
  });

  it('takes what is given', () => {
    expect(
      parse(
        ...[
          '--profile',
          'cluster14',
          '--seconds',
          '2.5',
          '--rate',
          '100',
          '--seed',
          'again',
          '--fast-path-outage',
          '1',
        ],
        ...[
          '--in-flight',
          '9',
          '--timeout',
          '3',
          '--settle',
          '5',
          '--api',
          'https://example.test/x',
          '--json',
        ],
        ...[
          '--redis',
          'redis://r',
          '--queue-redis',
          'redis://q',
          '--mongodb',
          'mongodb://m',
          '--resume-fast-path',
        ],
      ),
    ).toEqual({
      profile: 'cluster14',
      seconds: 2.5,
      rate: 100,
      seed: 'again',
      fastPathOutage: 1,
      inFlight: 9,
      timeout: 3,
      settle: 5,
      api: 'https://example.test/x',
      json: true,
      redis: 'redis://r',
      queueRedis: 'redis://q',
      mongodb: 'mongodb://m',
      resumeFastPath: true,
    });
  });

  it('prints help with examples, and asks for no run', () => {
    let text = '';
    const options = parseOptions(['--help'], (part) => {
      text += part;
    });
    expect(options).toBeUndefined();
    expect(text).toContain('npm run replay -- --profile cluster12 --fast-path-outage 20');
    expect(text).toContain('Exit code:');
  });

  it.each([
    [['--seconds', '0'], /It must be above 0/],
    [['--seconds', 'ten'], /It must be above 0/],
    [['--rate', '-1'], /It must be above 0/],
    [['--rate', ''], /It must be above 0/],
    [['--in-flight', '1.5'], /It must be a whole number/],
    [['--api', 'localhost:8080'], /It must start with http/],
    [['--fast-path-outage', '60'], /an outage of 60 s does not fit into a load of 60 s/],
    [['--seconds', '1', '--rate', '0.1'], /are 0 requests/],
    [['--seconds', '100000'], /are 50000000 requests; a run has 1 to 5,000,000/],
    [['--secnods', '5'], /unknown option '--secnods'\s+\(Did you mean --seconds\?\)/],
    [['cluster12'], /too many arguments/],
    [['--profile'], /argument missing/],
  ])('refuses %j', (argv, reason) => {
    expect(() => parse(...argv)).toThrow(UsageError);
    expect(() => parse(...argv)).toThrow(reason);
  });
});
