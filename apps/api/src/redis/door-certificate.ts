import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions } from 'node:tls';
import { ConfigurationError, type Settings } from '@hybrid-sync/sync-core';
import type { Logger } from 'pino';

/** Time between two looks at the files, in milliseconds. */
const LOOK_EVERY_MS = 2000;

/** Whoever speaks TLS as certificate and key say. */
export interface SpeaksTls {
  setSecureContext(options: SecureContextOptions): void;
}

/**
 * The files by which the port of Redis' protocol speaks TLS. A certificate that was renewed counts for connections from then
 * on, within seconds; while the files can't be read, or don't fit together, what was read last does, and that is told of once.
 */
export class DoorCertificate {
  readonly #paths: Readonly<Record<'cert' | 'key' | 'ca', string | undefined>>;
  readonly #log: Pick<Logger, 'info' | 'error'>;
  #seen = '';
  #fault: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  private constructor(settings: TlsSettings, log: Pick<Logger, 'info' | 'error'>) {
    const { redisTlsCert: cert, redisTlsKey: key, redisTlsClientCa: ca } = settings;
    this.#paths = { cert, key, ca };
    this.#log = log;
  }

  /** Undefined where the settings name no files. */
  static of(settings: TlsSettings, log: Pick<Logger, 'info' | 'error'>): DoorCertificate | undefined {
    const { redisTlsCert, redisTlsKey, redisTlsClientCa } = settings;
    const named = [redisTlsCert, redisTlsKey, redisTlsClientCa].some((path) => path !== undefined);
    return named ? new DoorCertificate(settings, log) : undefined;
  }

  /** Whether clients must show a certificate of an authority of ours. */
  get asksClients(): boolean {
    return this.#paths.ca !== undefined;
  }

  /**
   * Has a server speak by the files as they are, and follows them until it is stopped.
   * @throws ConfigurationError naming the file that can't be used; it quotes no content
   */
  serve(server: SpeaksTls): void {
    const { cert, key } = this.#paths;
    if (cert === undefined || key === undefined) {
      throw new ConfigurationError(['REDIS_LISTEN_TLS_CERT and REDIS_LISTEN_TLS_KEY: give both, or neither']);
    }
    try {
      this.#take(server);
    } catch (error) {
      throw new ConfigurationError([(error as Error).message]);
    }
    this.#timer = setInterval(() => this.#look(server), LOOK_EVERY_MS).unref();
  }

  /** Follows the files no more. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #look(server: SpeaksTls): void {
    try {
      if (this.#take(server)) this.#log.info('the certificate of the port of Redis was read anew');
      this.#fault = undefined;
    } catch (error) {
      const fault = (error as Error).message;
      if (fault !== this.#fault) this.#log.error(`${fault}; what was read before still counts`);
      this.#fault = fault;
    }
  }

  /** Returns whether the files hold something else than before. */
  #take(server: SpeaksTls): boolean {
    const { cert, key, ca } = this.#paths;
    const options: SecureContextOptions = {
      cert: contentOf('REDIS_LISTEN_TLS_CERT', cert),
      key: contentOf('REDIS_LISTEN_TLS_KEY', key),
      ca: contentOf('REDIS_LISTEN_TLS_CLIENT_CA', ca),
    };
    const seen = JSON.stringify(options);
    if (seen === this.#seen) return false;
    try {
      createSecureContext(options);
    } catch {
      // What OpenSSL says may quote the files.
      throw new Error(
        'REDIS_LISTEN_TLS_CERT: can not be used with its key: each must be PEM, the key without a password',
      );
    }
    server.setSecureContext(options);
    this.#seen = seen;
    return true;
  }
}

type TlsSettings = Pick<Settings, 'redisTlsCert' | 'redisTlsKey' | 'redisTlsClientCa'>;

function contentOf(setting: string, path: string | undefined): string | undefined {
  if (path === undefined) return undefined;
  let content: string;
  try {
    content = readFileSync(path, 'utf8');
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    throw new Error(`${setting}: the file can't be read (${code})`);
  }
  // OpenSSL takes a file of authorities without any certificate, and then trusts none.
  if (!content.includes('-----BEGIN ')) throw new Error(`${setting}: the file is not PEM`);
  return content;
}
