import { command, exportedPairs } from '../redis-cli-input.mjs';

/** What stands before a key whose bytes are no text, in Base64, as Redis' protocol takes such keys too. */
const BYTES = '\0data:;base64,';
const bytesOf = (key) => (key.startsWith(BYTES) ? Buffer.from(key.slice(BYTES.length), 'base64') : key);

/** The way back to Redis alone: pairs become commands for redis-cli that set plain keys, with their expiries. */
for (const { key, value, encoding, expireAt } of await exportedPairs()) {
  const expiry = expireAt === undefined ? [] : ['PXAT', String(Date.parse(expireAt))];
  command('SET', bytesOf(key), Buffer.from(value, encoding), ...expiry);
}
