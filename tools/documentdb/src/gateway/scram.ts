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

/** One login of one client: `begin`, then `finish`, each once. */
export class ScramLogin {
  readonly #user: ScramUser;
  readonly #ownNonce: string;
  #header = '';
  #nonce = '';
  #sofar = '';

  /** @param nonce the server's own part of the nonce; random unless given */
  constructor(user: ScramUser, nonce = randomBytes(NONCE_BYTES).toString('base64')) {
    this.#user = user;
    this.#ownNonce = nonce;
  }

  /**
   * Takes client-first.
   * @returns server-first
   * @throws ScramError when it is malformed, asks for channel binding, or names another user
   */
  begin(clientFirst: string): string {
    const [, header, bare, name, nonce] =
      /^([ny],[^,]*,)(n=([^,]*),r=([!-+\--~]+).*)$/s.exec(clientFirst) ?? [];
    if (header === undefined || name === undefined) throw new ScramError('malformed first message');
    if (name.replaceAll('=2C', ',').replaceAll('=3D', '=') !== this.#user.name) {
      throw new ScramError('unknown user');
    }
    const { salt, iterations } = this.#user;
    this.#header = header;
    this.#nonce = `${nonce}${this.#ownNonce}`;
    const serverFirst = `r=${this.#nonce},s=${salt.toString('base64')},i=${iterations}`;
    this.#sofar = `${bare},${serverFirst}`;
    return serverFirst;
  }

  /**
   * Takes client-final.
   * @returns server-final, which proves to the client that the server knows the password too
   * @throws ScramError when it is malformed, of another login, or its proof is wrong
   */
  finish(clientFinal: string): string {
    const [, unproven, header, nonce, proof] = /^(c=([^,]*),r=([^,]*)),p=([^,]*)$/s.exec(clientFinal) ?? [];
    if (unproven === undefined || this.#nonce === '') throw new ScramError('malformed last message');
    if (header !== Buffer.from(this.#header).toString('base64') || nonce !== this.#nonce) {
      throw new ScramError('of another login');
    }
    const { storedKey, serverKey } = this.#user;
    const said = `${this.#sofar},${unproven}`;
    const signature = hmac(storedKey, said);
    const proven = Buffer.from(proof ?? '', 'base64');
    if (proven.length !== signature.length) throw new ScramError('malformed proof');
    const clientKey = proven.map((byte, index) => byte ^ (signature[index] ?? 0));
    if (!timingSafeEqual(createHash(HASH).update(clientKey).digest(), storedKey)) {
      throw new ScramError('wrong password');
    }
    return `v=${hmac(serverKey, said).toString('base64')}`;
  }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac(HASH, key).update(text).digest();
}
