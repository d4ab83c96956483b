/** What is the matter with the way to a server: its code and, to follow the server's name, in our words. */
export interface ConnectionFault {
  readonly code: string;
  readonly meaning: string;
}

const UNKNOWN_AUTHORITY =
  'shows a certificate of an authority that is not trusted here: name its file by tlsCAFile';

/** What the codes of Node and OpenSSL mean, to follow a server's name. */
const MEANINGS: readonly (readonly [code: RegExp, meaning: string])[] = [
  [/^(?:UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED)/, UNKNOWN_AUTHORITY],
  [/^CERT_/, 'shows a certificate that is not valid (now)'],
  [/^ERR_TLS_CERT_ALTNAME_INVALID$/, 'shows a certificate of another name: see tlsServerName'],
  [
    /^ERR_SSL_.*ALERT/,
    'refuses how this process speaks TLS: see tlsCertificateFile, and what the server asks for',
  ],
];

/** Why TLS was not agreed on; undefined for any other error. */
export function tlsFaultOf(error: Error): ConnectionFault | undefined {
  const { code } = error as NodeJS.ErrnoException;
  if (code === undefined) return undefined;
  const meaning = MEANINGS.find(([form]) => form.test(code))?.[1];
  return meaning === undefined ? undefined : { code, meaning };
}

/**
 * Why a connection broke that was never answered on, although TLS was agreed on; undefined for any other error, and without
 * TLS. In TLS 1.3 a server refuses a client's certificate behind the client's handshake, and what it says of that is lost
 * where the first command meets its closed end.
 */
export function unansweredFaultOf(error: Error, tls: unknown): ConnectionFault | undefined {
  const { code = '', syscall = '' } = error as NodeJS.ErrnoException;
  if (tls === undefined || !/^(?:ECONNRESET|EPIPE)$/.test(code) || !/^(?:read|write)$/.test(syscall)) {
    return undefined;
  }
  return {
    code,
    meaning:
      'ends the connection before its first answer, though TLS was agreed on: see tlsCertificateFile, and whom the server lets in',
  };
}

/** What a sentinel answered instead of an address, by the text that ioredis makes of it; undefined for any other error. */
export function sentinelFaultOf({ message }: Error): ConnectionFault | undefined {
  if (/ invalid reply: null$| because ERR No such master /.test(message)) {
    return {
      code: 'NO_MASTER',
      meaning: 'is not known to its sentinels by the name of the master in the URL',
    };
  }
  const code = / because -?(NOAUTH|WRONGPASS|NOPERM)\b/.exec(message)?.[1];
  return code === undefined
    ? undefined
    : { code, meaning: 'has sentinels that want another sentinelUser or sentinelPassword' };
}
