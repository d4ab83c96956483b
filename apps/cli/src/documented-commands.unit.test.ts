import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { findExamples } from '@hybrid-sync/documents/examples';
import { describe, expect, it } from 'vitest';
import { EXIT } from './exit-codes.js';
import { runCli } from './testing/run-cli.js';

const REPOSITORY = fileURLToPath(new URL('../../..', import.meta.url));
/** Nothing listens there: a command that was understood gets no further. */
const NOWHERE = { HYBRID_SYNC_URL: 'http://127.0.0.1:1' };

const examples = findExamples(REPOSITORY).filter(({ command }) =>
  /^(?!kubectl ).*\bhybrid-sync /s.test(command),
);
const rows = (inSentence: boolean) =>
  examples
    .filter((each) => each.inSentence === inSentence)
    .map(({ file, command }) => [file, command] as const);

/** The words that a shell makes of the arguments, up to a pipe. */
function wordsOf(command: string): string[] {
  const words = command.replace(/^.*?\bhybrid-sync(?= )/, "printf '%s\\0'").replace(/ \| .*$/s, '');
  return execFileSync('bash', ['-c', words], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

describe('a command that is to be typed is understood:', () => {
  // One of them is there to show how a bad value is answered.
  it.each(rows(false).filter(([, command]) => !command.includes('app.sync.mode=fast')))(
    '%s: %s',
    async (_, command) => {
      const { code, stderr } = await runCli(wordsOf(command), { env: NOWHERE });
      expect(code, stderr).not.toBe(EXIT.usage);
    },
  );
});

describe('a command that is named in a sentence is there, with its options:', () => {
  const single = rows(true).flatMap(([file, command]) => {
    const [before = '', choice] = command.split(/ (?=\S+\|\S)/);
    return (choice?.split('|') ?? ['']).map((each) => [file, `${before} ${each}`.trim()] as const);
  });

  it.each(single)('%s: %s', async (_, command) => {
    const words = wordsOf(command);
    const options = words.filter((word) => word.startsWith('--'));
    const { code, stdout, stderr } = await runCli([...words, '--help'], { env: NOWHERE });
    expect(code, stderr).toBe(EXIT.done);
    const deep = ['settings', 'token', 'completion'].includes(words[0] ?? '') ? 2 : 1;
    const named = words.slice(0, deep).filter((word) => /^[a-z-]+$/.test(word) && !word.startsWith('-'));
    expect(stdout).toContain(`Usage: ${['hybrid-sync', ...named].join(' ')}`);
    for (const option of options) expect(stdout).toContain(option);
    for (const word of words) {
      if (word.includes('=')) expect(stdout).toContain(word.slice(0, word.indexOf('=') + 1));
    }
  });
});
