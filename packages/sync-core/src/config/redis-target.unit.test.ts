import { describe, expect, it } from 'vitest';
import { loadSettings } from './load-settings.js';
import { parseRedisUrl } from './redis-target.js';

const AT = { port: 6379, family: 0 };

describe('a URL of Redis', () => {
  it.each([
    ['redis://h', { address: { ...AT, host: 'h' }, cluster: false, database: 0, where: 'redis://h' }],
    ['redis://h:7000/', { address: { ...AT, host: 'h', port: 7000 }, database: 0 }],
    ['redis://h/12', { database: 12, where: 'redis://h/12' }],
    ['redis://[::1]:7', { address: { host: '::1', port: 7, family: 0 }, where: 'redis://[::1]:7' }],
    ['redis://h?family=6', { address: { ...AT, host: 'h', family: 6 } }],
    ['rediss://h', { tls: { serverName: 'h' }, where: 'rediss://h' }],
    ['REDISS://10.0.0.1', { tls: { serverName: undefined } }],
    ['rediss://10.0.0.1?tlsServerName=redis.internal', { tls: { serverName: 'redis.internal' } }],
    ['redis://:p%40s%2Fs@h', { password: 'p@s/s', where: 'redis://h' }],
    ['redis://:se@cret@h', { password: 'se@cret', address: { ...AT, host: 'h' } }],
    ['redis://me:secret@h', { username: 'me', password: 'secret' }],
    ['unix:///run/redis.sock', { address: { path: '/run/redis.sock' }, database: 0 }],
    [
      'unix://:secret@/run/r.sock?db=3',
      { address: { path: '/run/r.sock' }, database: 3, password: 'secret', where: 'unix:///run/r.sock' },
    ],
    [
      'redis-sentinel://me:se%2Ccret@a,b:5,[::1]:7/main/2?sentinelUser=you&sentinelPassword=p+%40',
      {
        address: {
          sentinels: [
            { host: 'a', port: 26379 },
            { host: 'b', port: 5 },
            { host: '::1', port: 7 },
          ],
          master: 'main',
          sentinelUsername: 'you',
          sentinelPassword: 'p+@',
        },
        username: 'me',
        password: 'se,cret',
        database: 2,
        where: 'redis-sentinel://a,b:5,[::1]:7/main/2',
      },
    ],
    [
      'redis-cluster://me:se%2Ccret@a,b:5,[::1]:7/?family=4',
      {
        address: {
          nodes: [
            { host: 'a', port: 6379 },
            { host: 'b', port: 5 },
            { host: '::1', port: 7 },
          ],
          family: 4,
        },
        cluster: true,
        password: 'se,cret',
        database: 0,
        where: 'redis-cluster://a,b:5,[::1]:7',
      },
    ],
    ['rediss-cluster://a?tlsServerName=r', { tls: { serverName: 'r' }, where: 'rediss-cluster://a' }],
    ['rediss-sentinel://a/m', { address: { master: 'm' }, tls: { serverName: undefined }, database: 0 }],
  ])('%s is understood', (url, target) => {
    expect(parseRedisUrl(url)).toMatchObject(target);
  });

  it('without a user or password has none', () => {
    expect(parseRedisUrl('redis://h')).not.toHaveProperty('password');
    expect(parseRedisUrl('redis://h')).not.toHaveProperty('username');
    expect(parseRedisUrl('redis://h')).not.toHaveProperty('tls');
  });
});

describe.each(['REDIS_URL', 'QUEUE_REDIS_URL'])('a URL of Redis that can not be used, in %s', (variable) => {
  it.each([
    ['no URL', 'se-cret', 'must start with'],
    ['another scheme', 'http://:se-cret@h', 'must start with'],
    ['a scheme without slashes', 'redis:se-cret', 'must start with'],
    ['a socket by another scheme', 'redis+socket:///run/se-cret', 'must start with'],
    ['two hosts', 'redis://:se-cret@a:1,b:2', 'several hosts'],
    ['a login for the second of two hosts', 'redis://a:1,u:se-cret@b', 'behind a comma'],
    ['a port that is none', 'redis://:se-cret@h:port', "can't be read"],
    ['a port out of range', 'redis://:se-cret@h:70000', "can't be read"],
    ['port 0', 'redis://:se-cret@h:0', 'port 0'],
    ['a / in the password', 'redis://:se/se-cret@h', "can't be read"],
    ['a # in the password', 'redis://u:1#se-cret@h', 'after #'],
    ['a ? in the password', 'redis://u:1?se-cret@h', 'after ?'],
    ['a % in the password', 'redis://:se-cret%zz@h', '%25'],
    ['a socket where a host should be', 'redis:///se-cret.sock', 'unix:///path'],
    ['a database that is no number', 'redis://h/se-cret', 'must be a number'],
    ['a negative database', 'redis://:se-cret@h/-1', 'must be a number'],
    ['an option', 'redis://h?password=se-cret', 'not supported'],
    ['an option of ioredis', 'redis://:se-cret@h?keyPrefix=x', 'not supported'],
    ['a database twice', 'redis://:se-cret@h/1?db=2', 'not supported'],
    ['a family that is none', 'redis://:se-cret@h?family=5', 'family'],
    ['a socket with a host', 'unix://se-cret/run/redis.sock', 'unix:///path'],
    ['a socket without a path', 'unix://', 'unix:///path'],
    ['a cluster with a database', 'redis-cluster://:se-cret@a,b/1', 'a path after its hosts'],
    ['a cluster without a host', 'redis-cluster://:se-cret@', 'misses the name'],
    ['sentinels without a master', 'redis-sentinel://:se-cret@a,b', 'must name the master'],
    ['sentinels with too long a path', 'redis-sentinel://a/main/1/se-cret', 'must name the master'],
    ['sentinels with a database that is none', 'redis-sentinel://a/main/se-cret', 'must be a number'],
    ['a login for the second sentinel', 'redis-sentinel://a,u:se-cret@b/main', 'behind a comma'],
    ['a login behind a port', 'rediss-sentinel://a:1,u:se-cret@b/main', 'behind a comma'],
    ['a login for each node', 'redis-cluster://u:se-cret@a,u:se-cret@b', 'behind a comma'],
    ['a sentinel without a host', 'redis-sentinel://a,,b/se-cret', 'misses the name'],
    ['TLS files without TLS', 'redis://h?tlsCAFile=/se-cret', 'not supported'],
    ['an option without a value', 'rediss://:se-cret@h?tlsCAFile=', 'no value for its option tlsCAFile'],
    ['a file that is not there', 'rediss://h?tlsCAFile=/se-cret', "tlsCAFile can't be read (ENOENT)"],
    ['a certificate without a key', 'rediss://h?tlsCertificateFile=/se-cret', 'or neither'],
  ])('%s is named, and nothing of it is quoted', (_, url, says) => {
    const load = () => loadSettings({ env: { [variable]: url } });
    expect(load).toThrow(says);
    expect(load).toThrow(`${variable}: `);
    expect(load).not.toThrow('se-cret');
  });
});
