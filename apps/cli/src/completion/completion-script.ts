import { bashScript } from './bash.js';
import { commandPaths } from './command-path.js';
import type { CompletedCommand, Shell } from './completed-command.js';
import { fishScript } from './fish.js';
import { zshScript } from './zsh.js';

/** The script that makes a shell complete a program's command line. */
export function completionScript(shell: Shell, program: CompletedCommand): string {
  const script = { bash: bashScript, zsh: zshScript, fish: fishScript }[shell];
  return script(program.name, commandPaths(program));
}
