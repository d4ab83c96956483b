import { type ChildProcess, spawn } from 'node:child_process';

/** Waits until its input ends, which only this process could write to, then removes a folder, and kills. */
const WATCH = 'read _; rm -rf "$2"; kill -9 "$1"';

/**
 * Has a child not outlive this process, whatever ends it: a SIGKILL leaves no time to end anything. A shell in a group of
 * its own waits for a pipe to close that this process holds, which the system closes in any case. It ends with the child.
 * `folder`: goes with the child. Where there is no shell nobody watches.
 * @returns the shell
 */
export function neverOutlives(child: ChildProcess, folder: string): ChildProcess {
  const shell = spawn('/bin/sh', ['-c', WATCH, 'sh', String(child.pid), folder], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: { PATH: '/usr/bin:/bin' },
    detached: true,
  });
  shell.on('error', () => {});
  child.once('exit', () => shell.kill('SIGKILL'));
  return shell;
}
