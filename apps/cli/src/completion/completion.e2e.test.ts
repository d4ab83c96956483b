import { spawnSync } from 'node:child_process';
import { commandName, type ToolName, toolContract } from '@hybrid-sync/tool-contract';
import { execa } from 'execa';
import { beforeAll, describe, expect, it } from 'vitest';
import { runCli } from '../testing/run-cli.js';

const scripts = new Map<string, string>();
beforeAll(async () => {
  for (const shell of ['bash', 'zsh', 'fish']) {
    const { code, stdout } = await runCli(['completion', shell]);
    expect(code).toBe(0);
    scripts.set(shell, stdout);
  }
});

/**
 * What bash would offer at the end of a line. Readline divides it into the words given here, which is what the script
 * gets beside the line; `=` stands alone, and an `@` begins a word.
 */
async function offered(line: string, words: string[], cwd = import.meta.dirname): Promise<string[]> {
  const script = `${scripts.get('bash')}
    COMP_WORDBREAKS=$' \\t\\n"\\'@><=;|&(:'
    COMP_LINE=$1 COMP_POINT=\${#1} COMP_CWORD=$(($# - 2)) COMP_WORDS=("\${@:2}")
    _hybrid_sync && printf '[%s]\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await execa('bash', ['--norc', '-c', script, 'bash', line, ...words], { cwd });
  return stdout.split('\n').map((reply) => reply.slice(1, -1));
}

describe('bash completes', () => {
  it.each<[line: string, words: string[], replies: string[]]>([
    ['hybrid-sync lo', ['hybrid-sync', 'lo'], ['load-check ', 'load ']],
    ['hybrid-sync get ', ['hybrid-sync', 'get', ''], ['key=']],
    ['hybrid-sync mget ', ['hybrid-sync', 'mget', ''], ['keys=', 'key=']],
    ['hybrid-sync set key=a va', ['hybrid-sync', 'set', 'key', '=', 'a', 'va'], ['value=']],
    ['hybrid-sync set ifAbsent=t', ['hybrid-sync', 'set', 'ifAbsent', '=', 't'], ['true ']],
    ['hybrid-sync set value=@bas', ['hybrid-sync', 'set', 'value', '=', '@bas'], ['@bash.ts ']],
    ['hybrid-sync stats --wa', ['hybrid-sync', 'stats', '--wa'], ['--watch ']],
    ['hybrid-sync --url x tok', ['hybrid-sync', '--url', 'x', 'tok'], ['token ']],
    ['hybrid-sync token cr', ['hybrid-sync', 'token', 'cr'], ['create ']],
    ['hybrid-sync token create --ro', ['hybrid-sync', 'token', 'create', '--ro'], ['--role ']],
    ['hybrid-sync settings ', ['hybrid-sync', 'settings', ''], ['get ', 'set ', 'reset ', 'history ']],
    ['hybrid-sync settings get ', ['hybrid-sync', 'settings', 'get', ''], ['name=']],
    ['hybrid-sync completion ', ['hybrid-sync', 'completion', ''], ['bash ', 'zsh ', 'fish ']],
    ['hybrid-sync get --token-file zs', ['hybrid-sync', 'get', '--token-file', 'zs'], ['zsh.ts']],
    ['hybrid-sync get key=', ['hybrid-sync', 'get', 'key', '='], ['']],
    ['hybrid-sync get --url ', ['hybrid-sync', 'get', '--url', ''], ['']],
  ])('%s', async (line, words, replies) => {
    expect(await offered(line, words)).toEqual(replies);
  });

  it('every command and every argument of it', async () => {
    const commands = (await offered('hybrid-sync ', ['hybrid-sync', ''])).map((word) => word.trim());
    expect(commands).toEqual(expect.arrayContaining(['get', 'dead-letters', 'requeue', 'mcp', 'token']));
    expect(commands.length).toBeGreaterThan(Object.keys(toolContract()).length);
    for (const [tool, { input }] of Object.entries(toolContract())) {
      const command = commandName(tool as ToolName);
      const names = Object.keys(input.shape).map((name) => `${name}=`);
      if (names.length === 0) continue;
      const replies = await offered(`hybrid-sync ${command} `, ['hybrid-sync', ...command.split(' '), '']);
      expect(replies, command).toEqual(expect.arrayContaining(names));
    }
  });
});

/** Shells that a machine may lack; the scripts' text is tested everywhere. */
const there = (shell: string) => spawnSync(shell, ['--version']).error === undefined;

it.skipIf(!there('zsh'))('zsh takes its script', async () => {
  const read = await execa('zsh', ['-n'], { input: scripts.get('zsh') ?? '' });
  expect(read).toMatchObject({ exitCode: 0, stderr: '' });
});

it.skipIf(!there('fish')).each([
  ['hybrid-sync lo', 'load-check\tLoad check'],
  ['hybrid-sync set ifAb', 'ifAbsent=\ttrue: only if'],
  ['hybrid-sync set ifAbsent=t', 'ifAbsent=true'],
  ['hybrid-sync token cr', 'create\tMake a token'],
  ['hybrid-sync completion z', 'zsh\tthe shell'],
])('fish completes %s', async (line, reply) => {
  const script = `${scripts.get('fish')}\ncomplete -C ${JSON.stringify(line)}`;
  const { stdout, stderr } = await execa('fish', ['--no-config', '-c', script]);
  expect([stdout.startsWith(reply), stdout.split('\n').length, stderr]).toEqual([true, 1, '']);
});

describe('the scripts for zsh and fish', () => {
  it('name every command and argument, in quotes', () => {
    for (const [tool, { input }] of Object.entries(toolContract())) {
      expect(scripts.get('zsh')).toContain(toolContract()[tool as 'kv_set'].title);
      for (const name of Object.keys(input.shape)) {
        expect(scripts.get('zsh')).toContain(`'${name}=:`);
        expect(scripts.get('fish')).toContain(`-a '${name}=' -d '`);
      }
    }
  });
});

it.each(['tcsh', '', '__proto__'])('there is no script for %j', async (shell) => {
  expect((await runCli(['completion', shell])).code).toBe(2);
});
