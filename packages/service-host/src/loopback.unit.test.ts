import { describe, expect, it } from 'vitest';
import { isLoopbackAddress } from './loopback.js';

describe('an address to bind to', () => {
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1'])('is reached from this machine only: %s', (host) => {
    expect(isLoopbackAddress(host)).toBe(true);
  });

  it.each([
    '0.0.0.0',
    '::',
    '',
    '10.0.0.1',
    '192.168.127.1',
    '128.0.0.1',
    '1127.0.0.1',
    '127.0.0.1.example.com',
    '127.example.com',
    'localhost.example.com',
    'my-localhost',
    'fe80::1',
    '::10',
  ])('is, or may be, reached from elsewhere: %j', (host) => {
    expect(isLoopbackAddress(host)).toBe(false);
  });
});
