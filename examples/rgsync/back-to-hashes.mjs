import { text } from 'node:stream/consumers';

/** A word as redis-cli reads it. */
const word = (characters) =>
  `"${characters
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll(/\p{Cc}/gu, (control) =>
      [...Buffer.from(control)].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join(''),
    )}"`;
const command = (...words) => console.log(words.map(word).join(' '));

/**
 * The way back to rgsync: lines of `hybrid-sync export` become commands for redis-cli that set hashes of the same fields.
 * A field that was taken out since stays where the hash has it. All lines are in memory at once.
 */
for (const line of (await text(process.stdin)).split('\n')) {
  if (line === '') continue;
  const { key, value, expireAt } = JSON.parse(line);
  const fields = Object.entries(JSON.parse(value)).flat();
  if (fields.length > 0) command('HSET', key, ...fields.map(String));
  if (expireAt !== undefined) command('PEXPIREAT', key, String(Date.parse(expireAt)));
}
