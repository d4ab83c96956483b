import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { findOpenssl } from '../debian/programs.js';

/** Paths of PEM files of a test's own: an authority, and what it signed. */
export interface OwnCertificates {
  readonly ca: string;
  /** Of a server at 127.0.0.1 that is called `redis.test`. */
  readonly server: CertificateFiles;
  /** Of a client. */
  readonly client: CertificateFiles;
  remove(): Promise<void>;
}

/** A certificate and its key. */
export interface CertificateFiles {
  readonly certificate: string;
  readonly key: string;
}

const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];

/** Makes them with openssl. */
export async function ownCertificates(): Promise<OwnCertificates> {
  const openssl = await findOpenssl();
  const folder = await mkdtemp(join(tmpdir(), 'hybrid-sync-certificates-'));
  const file = (name: string) => join(folder, name);
  const [ca, caKey] = [file('ca.pem'), file('ca.key')];
  await execa(openssl, ['req', '-x509', ...NEW_KEY, '-subj', '/CN=ca.test', '-keyout', caKey, '-out', ca]);
  const signed = async (name: string, extensions: string): Promise<CertificateFiles> => {
    const [certificate, key] = [file(`${name}.pem`), file(`${name}.key`)];
    const [request, given] = [file(`${name}.csr`), file(`${name}.ext`)];
    await writeFile(given, extensions);
    await execa(openssl, ['req', ...NEW_KEY, '-subj', `/CN=${name}.test`, '-keyout', key, '-out', request]);
    await execa(openssl, [
      ...['x509', '-req', '-in', request, '-CA', ca, '-CAkey', caKey, '-CAcreateserial'],
      ...['-days', '2', '-extfile', given, '-out', certificate],
    ]);
    return { certificate, key };
  };
  return {
    ca,
    server: await signed('redis', 'subjectAltName = IP:127.0.0.1, DNS:redis.test'),
    client: await signed('client', 'extendedKeyUsage = clientAuth'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
