import { readFileSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { connect as connectTcp } from 'node:net';
import { connect, type TLSSocket } from 'node:tls';
import { type OwnCertificates, ownCertificates } from '@hybrid-sync/services/own-certificates';
import { ConfigurationError, loadSettings } from '@hybrid-sync/sync-core';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { DoorCertificate } from './door-certificate.js';

let ours: OwnCertificates;
let others: OwnCertificates;
let api: InProcessApi;
/** The paths that the port was given. */
let given: { cert: string; key: string };
beforeAll(async () => {
  [ours, others] = await Promise.all([ownCertificates(), ownCertificates()]);
  given = { cert: `${ours.ca}.given.cert`, key: `${ours.ca}.given.key` };
  await copyFile(ours.server.certificate, given.cert);
  await copyFile(ours.server.key, given.key);
  api = await startInProcessApi({
    REDIS_LISTEN_PORT: '0',
    REDIS_LISTEN_TLS_CERT: given.cert,
    REDIS_LISTEN_TLS_KEY: given.key,
    REDIS_LISTEN_TLS_CLIENT_CA: ours.ca,
  });
});
afterAll(async () => {
  await api.stop();
  await Promise.all([ours.remove(), others.remove()]);
});

const filesOf = ({ ca, client }: OwnCertificates, authority = ca) => ({
  ca: readFileSync(authority),
  cert: readFileSync(client.certificate),
  key: readFileSync(client.key),
});

it('a client of Redis speaks TLS with it', async () => {
  const redis = new Redis(api.redisPort ?? 0, '127.0.0.1', { tls: filesOf(ours) });
  expect(await redis.set('over', 'tls')).toBe('OK');
  expect(await redis.get('over')).toBe('tls');
  redis.disconnect();
});

it('nobody is answered without TLS, or without a certificate of the authority that is named', async () => {
  const tcp = connectTcp(api.redisPort ?? 0, '127.0.0.1');
  let received = '';
  tcp.on('data', (data) => {
    received += data.toString('latin1');
  });
  tcp.on('error', () => undefined);
  tcp.write('PING\r\n');
  await expect.poll(() => tcp.closed).toBe(true);
  expect(received).not.toContain('PONG');
  for (const files of [{ ca: readFileSync(ours.ca) }, filesOf(others, ours.ca)]) {
    const stranger = new Redis(api.redisPort ?? 0, '127.0.0.1', {
      tls: files,
      retryStrategy: () => null,
      lazyConnect: true,
    });
    stranger.on('error', () => undefined);
    await expect(stranger.ping()).rejects.toThrow();
    stranger.disconnect();
  }
});

it('a certificate that was renewed counts for those that come then', async () => {
  await copyFile(others.server.certificate, given.cert);
  await copyFile(others.server.key, given.key);
  const issuer = async () => {
    const socket: TLSSocket = connect({ port: api.redisPort, ...filesOf(ours), rejectUnauthorized: false });
    await new Promise((resolve, reject) => socket.once('secureConnect', resolve).once('error', reject));
    const { fingerprint256 } = socket.getPeerX509Certificate() ?? {};
    socket.destroy();
    return fingerprint256;
  };
  const before = await issuer();
  await expect.poll(issuer, { timeout: 10_000 }).not.toBe(before);
});

it.each([
  [{ REDIS_LISTEN_TLS_CERT: 'there' }, 'REDIS_LISTEN_TLS_CERT and REDIS_LISTEN_TLS_KEY: give both'],
  [
    { REDIS_LISTEN_TLS_CERT: '/nowhere', REDIS_LISTEN_TLS_KEY: '/nowhere' },
    "REDIS_LISTEN_TLS_CERT: the file can't be read (ENOENT)",
  ],
  [
    { REDIS_LISTEN_TLS_CERT: import.meta.filename, REDIS_LISTEN_TLS_KEY: import.meta.filename },
    'REDIS_LISTEN_TLS_CERT: the file is not PEM',
  ],
])('files that can not be used are refused at the start: %j', (env, message) => {
  const certificate = DoorCertificate.of(loadSettings({ env }).settings, pino({ level: 'silent' }));
  const serve = () => certificate?.serve({ setSecureContext: () => undefined });
  expect(serve).toThrow(ConfigurationError);
  expect(serve).toThrow(message);
});

it('a certificate of another key is refused, and while it is there the one before counts', async () => {
  const settings = loadSettings({
    env: { REDIS_LISTEN_TLS_CERT: ours.server.certificate, REDIS_LISTEN_TLS_KEY: others.server.key },
  }).settings;
  const certificate = DoorCertificate.of(settings, pino({ level: 'silent' }));
  expect(() => certificate?.serve({ setSecureContext: () => undefined })).toThrow(
    'can not be used with its key',
  );
});
