import { once } from 'node:events';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo, Socket } from 'node:net';
import { createServer } from 'node:tls';
import { type OwnCertificates, ownCertificates } from '@hybrid-sync/services/own-certificates';
import { OwnRedis } from '@hybrid-sync/services/own-redis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { RedisFaultError } from '../errors.js';
import { ConfigurationError } from '../permanent-errors.js';
import { connected, connectRedis } from './connect-redis.js';
import type { RedisConnection } from './redis-connection.js';

let ours: OwnCertificates;
let others: OwnCertificates;
let server: OwnRedis;
const open: RedisConnection[] = [];
beforeAll(async () => {
  [ours, others] = await Promise.all([ownCertificates(), ownCertificates()]);
  server = await OwnRedis.start({ tls: ours });
});
afterEach(() => {
  for (const redis of open.splice(0)) redis.disconnect();
});
afterAll(async () => {
  await server.stop();
  await Promise.all([ours.remove(), others.remove()]);
});

const ca = () => `tlsCAFile=${ours.ca}`;
const own = ({ client }: OwnCertificates) =>
  `tlsCertificateFile=${client.certificate}&tlsKeyFile=${client.key}`;

function connect(query: string, at = `rediss://127.0.0.1:${server.tlsPort}`): RedisConnection {
  const log = pino({ level: 'silent' });
  const url = `${at}?${query}`;
  const redis = connectRedis(url, { role: 'test', use: 'request', log, deadlineMs: 2000 });
  open.push(redis);
  return redis;
}

describe('a Redis that speaks TLS and wants to know who comes', () => {
  it('is reached with the files that the URL names, and so are duplicates', async () => {
    const redis = connect(`${ca()}&${own(ours)}`);
    await connected(redis);
    expect(await redis.set('a', 'b')).toBe('OK');
    const duplicate = redis.duplicate() as RedisConnection;
    open.push(duplicate);
    await connected(duplicate);
    expect(await duplicate.get('a')).toBe('b');
  });

  it('is reached where sentinels say that speak TLS as well', async () => {
    const sentinel = await OwnRedis.start({
      tls: ours,
      settings: { 'tls-replication': 'yes' },
      sentinel: `sentinel monitor main 127.0.0.1 ${server.tlsPort} 1`,
    });
    try {
      const redis = connect(`${ca()}&${own(ours)}`, `rediss-sentinel://127.0.0.1:${sentinel.tlsPort}/main`);
      await connected(redis);
      expect(await redis.set('by', 'a sentinel')).toBe('OK');
      const stranger = connect(own(ours), `rediss-sentinel://127.0.0.1:${sentinel.tlsPort}/main`);
      await expect(connected(stranger)).rejects.toThrow();
    } finally {
      await sentinel.stop();
    }
  });

  it('may bear another name than that by which it is looked for, if the URL says which', async () => {
    await connected(connect(`${ca()}&${own(ours)}&tlsServerName=redis.test`));
    const fault = connected(connect(`${ca()}&${own(ours)}&tlsServerName=other.test`));
    await expect(fault).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
  });

  it.each([
    ['an authority that is not known', () => own(ours), 'name its file by tlsCAFile'],
    ['no certificate', () => ca(), 'see tlsCertificateFile'],
    ["another authority's certificate", () => `${ca()}&${own(others)}`, 'see tlsCertificateFile'],
  ])('is named as unfit, with what to set, for %s', async (_, query, says) => {
    const redis = connect(query());
    await expect.poll(() => redis.fault, { timeout: 10_000 }).toBeInstanceOf(RedisFaultError);
    expect(redis.standing.reason).toContain(says);
  });

  it.each([
    ['server', 'rediss'],
    ['node of a cluster', 'rediss-cluster'],
  ])(
    'is named as unfit as well where what the %s says is lost as the connection breaks',
    async (_, scheme) => {
      const [cert, key] = await Promise.all([readFile(ours.server.certificate), readFile(ours.server.key)]);
      const breaking = createServer({ cert, key });
      const raw: Socket[] = [];
      breaking.on('connection', (socket: Socket) => raw.push(socket));
      breaking.on('secureConnection', (socket) => {
        socket.on('error', () => undefined);
        raw.pop()?.resetAndDestroy();
      });
      await once(breaking.listen(0, '127.0.0.1'), 'listening');
      try {
        const { port } = breaking.address() as AddressInfo;
        const redis = connect(ca(), `${scheme}://127.0.0.1:${port}`);
        await expect.poll(() => redis.fault, { timeout: 10_000 }).toBeInstanceOf(RedisFaultError);
        expect(redis.standing.reason).toContain('see tlsCertificateFile');
      } finally {
        breaking.close();
      }
    },
  );

  it('is reached with a renewed certificate from the next connection on, and with the last that was whole', async () => {
    const { certificate, key } = others.client;
    const redis = connect(`${ca()}&${own(others)}`);
    await expect.poll(() => redis.fault, { timeout: 10_000 }).toBeInstanceOf(RedisFaultError);
    await copyFile(ours.client.certificate, certificate);
    await copyFile(ours.client.key, key);
    await expect.poll(() => redis.standing.ok, { timeout: 10_000 }).toBe(true);
    await writeFile(key, 'half of a k');
    const again = new Promise((resolve) => redis.once('ready', resolve));
    redis.disconnect(true);
    await again;
    expect(redis.standing.ok).toBe(true);
  });

  it.each([
    ['another key', () => `tlsCertificateFile=${ours.client.certificate}&tlsKeyFile=${ours.server.key}`],
    ['a key that is a certificate', () => `tlsCertificateFile=${ours.ca}&tlsKeyFile=${ours.ca}`],
  ])('is not looked for with %s', (_, query) => {
    expect(() => connect(query())).toThrow(ConfigurationError);
  });
});
