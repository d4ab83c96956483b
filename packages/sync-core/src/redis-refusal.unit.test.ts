import { describe, expect, it } from 'vitest';
import { refusalOf } from './redis-refusal.js';

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError' });

describe('what Redis refused with', () => {
  it.each([
    ["READONLY You can't write against a read only replica.", 'READONLY', true],
    [
      "READONLY You can't write against a read only replica. script: 4f2a, on @user_script:53.",
      'READONLY',
      true,
    ],
    [
      "ERR Error running script (call to f_4f2a): @user_script:1: @user_script: 1: -READONLY You can't write against a read only replica.",
      'READONLY',
      true,
    ],
    ['LOADING Redis is loading the dataset in memory', 'LOADING', true],
    ["MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.", 'MASTERDOWN', true],
    ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN', true],
    ['MOVED 3999 127.0.0.1:6381', 'MOVED', true],
    ['-MISCONF Redis is configured to save RDB snapshots', 'MISCONF', false],
    ["OOM command not allowed when used memory > 'maxmemory'.", 'OOM', false],
    ['ERR wrong number of arguments', 'ERR', false],
    ["ERR The user executing the script can't run this command or subcommand script: 4f2a", 'NOPERM', false],
    // A script's own error may quote what a caller gave it.
    ['ERR user_script:3: READONLY said the value', 'ERR', false],
    ['ERR Error running script (call to f_4f2a): @user_script:3: my own READONLY', 'ERR', false],
    ['lower case of a script', 'ERR', false],
  ])('%s', (message, code, anew) => {
    expect(refusalOf(reply(message))).toMatchObject({ code, anew });
  });

  it('is nothing where Redis did not answer', () => {
    expect(refusalOf(new Error('READONLY is only a word'))).toBeUndefined();
  });
});
