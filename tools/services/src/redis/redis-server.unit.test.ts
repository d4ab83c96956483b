import { describe, expect, it } from 'vitest';
import { ServiceUnavailableError } from '../errors.js';
import { checkGivenRedis } from './redis-server.js';

/** A port at which nothing listens. */
const NOTHING = '127.0.0.1:1';

describe('a Redis that someone named', () => {
  it('is asked, and has to answer', async () => {
    await expect(checkGivenRedis(`redis://${NOTHING}`, 'REDIS_URL')).rejects.toThrow(ServiceUnavailableError);
  });

  it.each([
    `redis-sentinel://${NOTHING},${NOTHING}/main`,
    `rediss-sentinel://${NOTHING}/main`,
    `rediss://${NOTHING}?tlsCAFile=/ca.pem`,
  ])('as %s is left to the processes', async (url) => {
    expect(await checkGivenRedis(url, 'REDIS_URL')).toBe(false);
  });
});
