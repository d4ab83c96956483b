import { expect, it } from 'vitest';
import { CacheUnavailableError, JournalFullError } from '../errors.js';
import { failureName } from './failure-name.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

it.each<[string, unknown]>([
  ['OOM', reply("OOM command not allowed when used memory > 'maxmemory'. script: 12ab, on @user_script:3.")],
  [
    'READONLY',
    reply('ERR Error running script (call to f_12ab): @user_script:3: -READONLY You can not write'),
  ],
  ['NOPERM', reply("ERR The user executing the script can't run this command or subcommand script: 12ab")],
  ['NOPERM', reply("NOPERM this user has no permissions to run the 'evalsha' command")],
  ['ERR', reply('ERR value is not an integer')],
  ['MISCONF', new CacheUnavailableError('setting a pair', reply('MISCONF Redis is configured to save'))],
  ['JOURNAL_FULL', new JournalFullError(1, 10)],
  ['TIMEOUT', new Error('Command timed out')],
  ['NO_CONNECTION', new Error("Stream isn't writeable and enableOfflineQueue options is false")],
  ['NO_CONNECTION', Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })],
  [
    'NotWritablePrimary',
    Object.assign(new Error('not primary'), { codeName: 'NotWritablePrimary', code: 10107 }),
  ],
  ['TypeError', new TypeError('a password perhaps')],
  ['UNKNOWN', 'a password perhaps'],
])('%s is the name of what failed', (name, error) => {
  expect(failureName(error)).toBe(name);
});
