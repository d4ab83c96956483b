import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContext } from 'node:tls';
import { UrlFaultError } from './url-fault.js';

/** Paths of PEM files, by the options that name them. */
export interface TlsFiles {
  /** Certificates of the authorities that are trusted; those that Node trusts unless given. */
  readonly tlsCAFile?: string | undefined;
  /** The certificate that this process shows, with those between it and its authority. */
  readonly tlsCertificateFile?: string | undefined;
  /** Its private key, not encrypted. */
  readonly tlsKeyFile?: string | undefined;
}

/**
 * Whom a process trusts over TLS, and as whom it comes. The files are read again for each connection, so a certificate
 * that was renewed counts from the next one on; while they can't be read, or don't fit together, what was read last does.
 */
export class TlsIdentity {
  readonly #files: TlsFiles;
  /** The name that the server's certificate must bear; what it was looked for by, unless given. */
  readonly serverName: string | undefined;
  #last: SecureContext;

  /** @throws UrlFaultError when the files can't be used; it quotes neither content nor path */
  constructor(files: TlsFiles, serverName?: string) {
    if ((files.tlsCertificateFile === undefined) !== (files.tlsKeyFile === undefined)) {
      throw new UrlFaultError('must have both tlsCertificateFile and tlsKeyFile, or neither');
    }
    this.#files = files;
    this.serverName = serverName;
    this.#last = contextOf(files);
  }

  /** Certificates and key as `tls.connect` takes them, as they are now. */
  get context(): SecureContext {
    try {
      this.#last = contextOf(this.#files);
    } catch (error) {
      if (!(error instanceof UrlFaultError)) throw error;
    }
    return this.#last;
  }
}

function contextOf(files: TlsFiles): SecureContext {
  const ca = contentOf(files, 'tlsCAFile');
  const cert = contentOf(files, 'tlsCertificateFile');
  const key = contentOf(files, 'tlsKeyFile');
  try {
    return createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert, key }),
    });
  } catch {
    // What OpenSSL says may quote the files.
    throw new UrlFaultError(
      'has TLS files that can not be used: each must be PEM, the key without a password and that of the certificate',
    );
  }
}

function contentOf(files: TlsFiles, option: keyof TlsFiles): Buffer | undefined {
  const path = files[option];
  if (path === undefined) return undefined;
  let content: Buffer;
  try {
    content = readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new UrlFaultError(`the file of ${option} can't be read${code === undefined ? '' : ` (${code})`}`);
  }
  // OpenSSL takes a file of authorities without any certificate, and then trusts none.
  if (!content.includes('-----BEGIN ')) throw new UrlFaultError(`the file of ${option} is not PEM`);
  return content;
}
