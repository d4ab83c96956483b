import { type ToolName, toolContract } from '@hybrid-sync/tool-contract';
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
  [['help', 'bogus'], '"bogus"'],
  [['help', 'settings', 'sett'], '"sett"; did you mean set?'],
])('%j names what is no command, and what may be meant', async (words, said) => {
  const { code, stdout, error } = await runCli([...words, '--json']);
  expect([code, stdout, error().message]).toEqual([2, '', `command: there is no command ${said}`]);
  expect(error().hint).toBe('hybrid-sync --help lists all');
});

it.each(Object.keys(toolContract()) as ToolName[])('that of %s describes every argument', async (name) => {
  const { code, stdout } = await runCli([name, '--help']);
  const flat = stdout.replace(/\s+/g, ' ');
  expect(code).toBe(0);
  expect(flat).toMatch(/^Usage: hybrid-sync /);
  for (const [argument, schema] of Object.entries(toolContract()[name].input.shape)) {
    expect(flat).toContain(`${argument}=<`);
    expect(flat).toContain(schema.description);
  }
});
