import { command, exportedPairs } from '../redis-cli-input.mjs';

/**
 * The way back to rgsync: pairs become commands for redis-cli that set hashes of the same fields. A field that was taken
 * out since stays where the hash has it.
 */
for (const { key, value, expireAt } of await exportedPairs()) {
  const fields = Object.entries(JSON.parse(value)).flat();
  if (fields.length > 0) command('HSET', key, ...fields.map(String));
  if (expireAt !== undefined) command('PEXPIREAT', key, String(Date.parse(expireAt)));
}
