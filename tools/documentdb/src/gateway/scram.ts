import { createHash, createHmac, pbkdf2Sync, randomBytes, timingSafeEqual } from 'node:crypto';

/**
 * The server's side of SCRAM-SHA-256 (RFC 5802, RFC 7677), without channel binding:
 *
 *   client-first "n,,n=<user>,r=<nonce>" ─▶ server-first "r=<nonce><nonce>,s=<salt>,i=<iterations>"
 *   client-final "c=…,r=…,p=<proof>"     ─▶ server-final "v=<signature>"
 *
 * The password itself never travels, and what does is of no use a second time.
 */

/** Its name on the wire. */
export const SCRAM = 'SCRAM-SHA-256';

/** Rounds of the password's hash. The passwords here are random, so the fewest that clients take are enough. */
const ITERATIONS = 4096;
const SALT_BYTES = 16;
const NONCE_BYTES = 18;
const HASH = 'sha256';

/** What a client said is no SCRAM, or does not prove that it knows the password. */
export class ScramError extends Error {
  override readonly name = 'ScramError';
}

/** Who may log in, by what is derived from the password. */
export interface ScramUser {
  readonly name: string;
  readonly salt: Buffer;
  readonly iterations: number;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Derives what a login is checked with, which takes some milliseconds. */
export function scramUser(name: string, password: string, salt = randomBytes(SALT_BYTES)): ScramUser {
  const salted = pbkdf2Sync(password, salt, ITERATIONS, 32, HASH);
  const storedKey = createHash(HASH).update(hmac(salted, 'Client Key')).digest();
  return { name, salt, iterations: ITERATIONS, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** A login that a client has begun. */
export interface ScramLogin {
  readonly serverFirst: string;
  /**
   * Takes client-final, once.
   * @returns server-final, which proves to the client that the server knows the password too
   * @throws ScramError when it is malformed, of another login, or its proof is wrong
   */
  finish(clientFinal: string): string;
}

/**
 * Takes client-first. `ownNonce`: the server's own part of the nonce; random unless given.
 * @throws ScramError when it is malformed, asks for channel binding, or names another user
 */
export function beginLogin(
  { name, salt, iterations, storedKey, serverKey }: ScramUser,
  clientFirst: string,
  ownNonce = randomBytes(NONCE_BYTES).toString('base64'),
): ScramLogin {
  const [, header, bare, said, clientNonce] =
    /^([ny],[^,]*,)(n=([^,]*),r=([!-+\--~]+).*)$/s.exec(clientFirst) ?? [];
  if (header === undefined || said === undefined) throw new ScramError('malformed first message');
  if (said.replaceAll('=2C', ',').replaceAll('=3D', '=') !== name) throw new ScramError('unknown user');
  const nonce = `${clientNonce}${ownNonce}`;
  const serverFirst = `r=${nonce},s=${salt.toString('base64')},i=${iterations}`;
  const finish = (clientFinal: string): string => {
    const [, unproven, sameHeader, sameNonce, proof = ''] =
      /^(c=([^,]*),r=([^,]*)),p=([^,]*)$/s.exec(clientFinal) ?? [];
    if (unproven === undefined) throw new ScramError('malformed last message');
    if (sameHeader !== Buffer.from(header).toString('base64') || sameNonce !== nonce) {
      throw new ScramError('of another login');
    }
    const messages = `${bare},${serverFirst},${unproven}`;
    const signature = hmac(storedKey, messages);
    const proven = Buffer.from(proof, 'base64');
    if (proven.length !== signature.length) throw new ScramError('malformed proof');
    const clientKey = proven.map((byte, index) => byte ^ (signature[index] ?? 0));
    if (!timingSafeEqual(createHash(HASH).update(clientKey).digest(), storedKey)) {
      throw new ScramError('wrong password');
    }
    return `v=${hmac(serverKey, messages).toString('base64')}`;
  };
  return { serverFirst, finish };
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac(HASH, key).update(text).digest();
}
