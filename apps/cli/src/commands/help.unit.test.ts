import { expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.js';

it.each([
  [['help'], 'Usage: hybrid-sync [options] <command>'],
  [['help', 'scan'], 'Usage: hybrid-sync scan'],
  [['help', 'settings', 'set'], 'Usage: hybrid-sync settings set'],
  [['help', 'kv_scan'], 'Usage: hybrid-sync scan'],
])('%j shows it', async (words, usage) => {
  const { code, stdout } = await runCli(words);
  expect([code, stdout.slice(0, usage.length)]).toEqual([0, usage]);
});

it.each([
  [['help', 'bogus'], 'bogus'],
  [['help', 'settings', 'sett'], 'sett'],
])('%j names what is no command', async (words, name) => {
  const { code, stdout, error } = await runCli([...words, '--json']);
  expect([code, stdout, error().message]).toEqual([2, '', `command: there is no command "${name}"`]);
  expect(error().hint).toMatch(/^did you mean /);
});
