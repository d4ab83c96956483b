import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { TaskName, TaskOutput, TaskRequest } from './tasks.js';

const MAIN = fileURLToPath(new URL('./subject-main.js', import.meta.url));
/** Most characters of what a subject printed that an error quotes. */
const QUOTED = 4000;

/** How a subject process is run. */
export interface SubjectOptions {
  /** Ends the process; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Options of Node itself. */
  readonly execArgv?: readonly string[];
}

/**
 * Does one task in a fresh process.
 * @throws the signal's reason; an error with what the process printed, when it fails
 */
export async function runSubject<Name extends TaskName>(
  request: TaskRequest<Name>,
  { signal, execArgv = [] }: SubjectOptions,
): Promise<TaskOutput<Name>> {
  signal.throwIfAborted();
  const child = fork(MAIN, {
    execArgv: [...execArgv],
    // The settings under test are the defaults: nothing of this process's environment may reach them.
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let printed = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (part: Buffer) => {
      printed = (printed + part.toString()).slice(-QUOTED);
    });
  }
  let output: TaskOutput<Name> | undefined;
  child.on('message', (message: { output: TaskOutput<Name> }) => {
    output = message.output;
  });
  const end = () => child.kill('SIGKILL');
  signal.addEventListener('abort', end);
  try {
    child.send(request);
    const [code, by] = (await once(child, 'close')) as [number | null, NodeJS.Signals | null];
    signal.throwIfAborted();
    if (output === undefined) {
      throw new Error(
        `the task ${request.name} ended without an answer (${by ?? `exit code ${code}`}):\n${printed}`,
      );
    }
    return output;
  } finally {
    signal.removeEventListener('abort', end);
  }
}
