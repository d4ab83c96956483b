import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { NODE_ARGS } from '@hybrid-sync/services';
import { OwnedParts } from '@hybrid-sync/trials';
import type { TaskInput, TaskName, TaskOutput, TaskReply } from './subject-main.js';

const MAIN = fileURLToPath(new URL('./subject-main.js', import.meta.url));
/** Most characters of what a subject printed that an error quotes. */
const QUOTED = 4000;

/** How a subject process is run. */
export interface SubjectOptions {
  /** Ends the process; its reason is thrown. */
  readonly signal: AbortSignal;
  /** Options of Node itself. */
  readonly execArgv?: readonly string[] | undefined;
}

/** A process that does tasks, one at a time. The caller stops it. */
export class SubjectProcess {
  readonly name = 'load generator';
  readonly #child: ChildProcess;
  readonly #signal: AbortSignal;
  readonly #kill = () => void this.#child.kill('SIGKILL');
  readonly #ended: Promise<unknown>;
  #printed = '';

  constructor({ signal, execArgv = [] }: SubjectOptions) {
    signal.throwIfAborted();
    this.#signal = signal;
    this.#child = fork(MAIN, {
      execArgv: [...NODE_ARGS, ...execArgv],
      // The settings under test are the defaults: nothing of this process's environment may reach them.
      env: { PATH: process.env.PATH, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    // Not 'close', which never comes to one who has disconnected.
    this.#ended = once(this.#child, 'exit');
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', (part: Buffer) => {
        this.#printed = (this.#printed + part.toString()).slice(-QUOTED);
      });
    }
    signal.addEventListener('abort', this.#kill);
  }

  /** Its id, while it runs. */
  async pids(): Promise<number[]> {
    return this.#child.pid === undefined ? [] : [this.#child.pid];
  }

  /** Does a task. @throws the signal's reason; an error with what the process said, when the task or the process fails */
  async run<Name extends TaskName>(name: Name, input: TaskInput<Name>): Promise<TaskOutput<Name>> {
    this.#signal.throwIfAborted();
    const answered = new AbortController();
    const reply = once(this.#child, 'message', { signal: answered.signal }) as Promise<[TaskReply]>;
    try {
      this.#child.send({ name, input });
      const message = await Promise.race([reply, this.#ended.then(() => undefined)]);
      this.#signal.throwIfAborted();
      if (message === undefined) throw new Error(`the process ended during ${name}:\n${this.#printed}`);
      const [answer] = message;
      if ('failure' in answer) throw new Error(`${name} failed: ${answer.failure}\n${this.#printed}`);
      // The task of this name has answered.
      return answer.output as TaskOutput<Name>;
    } finally {
      reply.catch(() => undefined); // Given up here, where the process has ended.
      answered.abort();
    }
  }

  /** Ends the process in good order, so that it still writes what `execArgv` asked it for. */
  async stop(): Promise<void> {
    this.#signal.removeEventListener('abort', this.#kill);
    if (this.#child.connected) this.#child.disconnect();
    await this.#ended;
  }
}

/** Does one task in a fresh process. @throws as {@link SubjectProcess.run} */
export async function runInSubject<Name extends TaskName>(
  name: Name,
  input: TaskInput<Name>,
  options: SubjectOptions,
): Promise<TaskOutput<Name>> {
  await using owned = new OwnedParts();
  return await owned.own(new SubjectProcess(options)).run(name, input);
}
