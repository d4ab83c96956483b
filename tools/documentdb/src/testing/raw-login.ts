import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { Binary, type Document } from 'bson';

/** Sends one command on a connection and resolves with its reply. */
export type Ask = (command: Document) => Promise<Document>;

/**
 * Logs in by SCRAM-SHA-256 on a connection that no driver has, as the user of a URL; does nothing where it names none.
 * @throws Error when it is refused
 */
export async function logIn(mongodbUrl: string, ask: Ask): Promise<void> {
  const { username, password } = new URL(mongodbUrl);
  if (username === '') return;
  const bare = `n=${decodeURIComponent(username)},r=${randomBytes(18).toString('base64')}`;
  const first = await ask({ saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: binary(`n,,${bare}`) });
  const serverFirst = textOf(first);
  const [, nonce, salt = '', rounds] = /^r=(.*),s=(.*),i=(\d+)$/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(
    decodeURIComponent(password),
    Buffer.from(salt, 'base64'),
    Number(rounds),
    32,
    'sha256',
  );
  const clientKey = hmac(salted, 'Client Key');
  const unproven = `c=biws,r=${nonce}`;
  const storedKey = createHash('sha256').update(clientKey).digest();
  const signature = hmac(storedKey, `${bare},${serverFirst},${unproven}`);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0)));
  const { conversationId } = first;
  const payload = binary(`${unproven},p=${proof.toString('base64')}`);
  textOf(await ask({ saslContinue: 1, conversationId, payload }));
  // This client has not asked to skip the empty last step.
  const last = await ask({ saslContinue: 1, conversationId, payload: binary('') });
  if (last.done !== true) throw new Error(`not logged in: ${JSON.stringify(last)}`);
}

function binary(text: string): Binary {
  return new Binary(Buffer.from(text));
}

function textOf(reply: Document): string {
  if (reply.ok !== 1) throw new Error(`not logged in: ${JSON.stringify(reply)}`);
  return Buffer.from(reply.payload.buffer).toString();
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
