import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Program } from '@hybrid-sync/documentdb';
import { messageOf, ServiceStartError } from '../errors.js';
import { endInGoodOrder, sendSignal } from './bounded-end.js';
import { lastLines } from './last-lines.js';
import { findExecutable } from './places.js';
import {
  bearsMark,
  childrenOf,
  commandLineOf,
  forgetRecord,
  isRunning,
  recordIdentity,
  recordMark,
  runningFromRecord,
} from './process-identity.js';
import { waitUntil } from './wait-until.js';

/**
 * Starts a process whose files are its owner's alone. A shell sets that mask: `process.umask` would hold for whatever
 * else this process has under way, in threads, too.
 */
const PRIVATELY = 'umask 077; exec "$@"';

/** A program to run as a service. */
export interface ServiceProgram extends Program {
  /** File that takes what it prints; appended to. */
  readonly logFile: string;
  /** File that says which process it is, for the next run to find what a crash left behind. */
  readonly recordFile: string;
  /** How long it may take to end after `stopSignal`, in milliseconds, before SIGKILL; default 10 s. */
  readonly stopTimeoutMs?: number;
}

/**
 * A process that serves something, with one start and stop contract: both may be called again, and a start after a
 * stop serves the same port from the same data.
 *
 *   stopped ─start─▶ starting ─ready─▶ running ─stop─▶ stopped
 *      ▲                │ not ready         │
 *      └────────────────┴──── it ends ──────┘
 *
 * It runs in a process group of its own, so Ctrl-C at the terminal reaches only the orchestrator, which stops things
 * in order. Should the orchestrator be killed, the kernel passes a signal on to the process (`setpriv`, where there
 * is one); what survives even that is found by its record at the next start and stopped first.
 */
export class ServiceProcess {
  readonly #program: ServiceProgram;
  #child: ChildProcess | undefined;
  #starting: Promise<void> | undefined;
  #giveUp = new AbortController();
  #running = false;

  /** Called when the process ends while it runs and nobody had asked for it. */
  onUnexpectedExit: ((message: string) => void) | undefined;

  constructor(program: ServiceProgram) {
    this.#program = program;
  }

  get name(): string {
    return this.#program.name;
  }

  /** TCP port on 127.0.0.1. */
  get port(): number {
    return this.#program.port;
  }

  /** File with what the process prints. */
  get logFile(): string {
    return this.#program.logFile;
  }

  /** Id of the process; undefined when it is stopped. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /** Ids of the process and of the children that work for it (a PostgreSQL serves each connection with one). */
  async pids(): Promise<number[]> {
    const { pid } = this;
    return pid === undefined ? [] : [pid, ...(await childrenOf(pid))];
  }

  /**
   * Sends a signal to the process and its children: SIGSTOP and SIGCONT freeze and thaw it. SIGKILL is a crash:
   * resolves when the process is gone, counts as an unexpected exit, and `start()` may follow.
   */
  async signal(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    const gone = child !== undefined && signal === 'SIGKILL' ? exitOf(child) : undefined;
    for (const pid of await this.pids()) sendSignal(pid, signal);
    await gone;
  }

  /** Crashes the process; resolves when it is gone. Nobody is told, for it was asked for, and `start()` may follow. */
  async kill(): Promise<void> {
    this.#running = false;
    await this.signal('SIGKILL');
  }

  /** Sends a message to a process that tells over IPC when it is ready; nothing comes of it when it is stopped. */
  tell(message: Readonly<Record<string, unknown>>): void {
    this.#child?.send(message);
  }

  /**
   * Starts the process and waits until it is ready. Does nothing when it runs.
   * @param signal gives the start up, and ends the process
   * @throws ServiceStartError with the last lines of the log when it does not become ready
   */
  async start(signal?: AbortSignal): Promise<void> {
    this.#starting ??= this.#launch(signal).finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  /** Ends the process in good order, by force when that takes too long. Does nothing when it is stopped. */
  async stop(): Promise<void> {
    this.#giveUp.abort(new ServiceStartError(`${this.name} was stopped while it started`));
    await this.#starting?.catch(() => undefined);
    await this.#end();
  }

  /** Stops what an earlier run left behind, if it is certain that it is this service. */
  async #stopLeftover(): Promise<void> {
    const { recordFile, commandMark, stopSignal, stopTimeoutMs } = this.#program;
    const leftover = await runningFromRecord(recordFile);
    if (leftover === undefined || !(await bearsMark(leftover.pid, recordFile))) return;
    if (!(await commandLineOf(leftover.pid)).includes(commandMark)) return;
    await endInGoodOrder(leftover.pid, stopSignal, async () => !(await isRunning(leftover)), stopTimeoutMs);
    await forgetRecord(recordFile);
  }

  async #launch(signal: AbortSignal | undefined): Promise<void> {
    if (this.#child !== undefined) return;
    this.#giveUp = new AbortController();
    const givenUp = AbortSignal.any([this.#giveUp.signal, ...(signal ? [signal] : [])]);
    givenUp.throwIfAborted();
    await this.#stopLeftover();
    await this.#program.prepare?.();
    const child = await this.#spawn();
    const ended = new AbortController();
    let told = false;
    child.once('message', () => {
      told = true;
    });
    child.once('exit', (code, by) => {
      ended.abort();
      this.#child = undefined;
      if (this.#running)
        this.onUnexpectedExit?.(`${this.name} ended unexpectedly (${by ?? `exit code ${code}`})`);
      this.#running = false;
    });
    // One that ends at once has perhaps ended before anyone listened.
    if (hasEnded(child)) ended.abort();
    else this.#child = child;
    await recordIdentity(this.#program.recordFile, child.pid ?? 0);
    const { isReady = async () => told, readyTimeoutMs } = this.#program;
    const enough = AbortSignal.any([ended.signal, givenUp]);
    this.#running = await waitUntil(isReady, readyTimeoutMs, { signal: enough });
    if (this.#running) return;
    const reason = ended.signal.aborted
      ? 'ended while starting'
      : `was not ready after ${readyTimeoutMs / 1000} s`;
    await this.#end();
    givenUp.throwIfAborted();
    throw new ServiceStartError(
      `${this.name} ${reason}; the end of ${this.logFile}:\n${await lastLines(this.logFile)}`,
    );
  }

  async #end(): Promise<void> {
    const child = this.#child;
    this.#running = false;
    if (child?.pid !== undefined) {
      const { stopSignal, stopTimeoutMs } = this.#program;
      await endInGoodOrder(child.pid, stopSignal, async () => hasEnded(child), stopTimeoutMs);
      await exitOf(child);
    }
    this.#child = undefined;
    await forgetRecord(this.#program.recordFile);
  }

  async #spawn(): Promise<ChildProcess> {
    const { logFile, recordFile, command, args, env, isReady, endsWithParent, stopSignal, name } =
      this.#program;
    await Promise.all(
      [logFile, recordFile].map((file) => mkdir(dirname(file), { recursive: true, mode: 0o700 })),
    );
    const setpriv = endsWithParent ? undefined : await findExecutable(['setpriv']);
    const [program, ...rest] =
      setpriv === undefined
        ? [command, ...args]
        : [setpriv, '--pdeathsig', stopSignal.slice('SIG'.length), '--', command, ...args];
    const mark = await recordMark(recordFile);
    const log = await open(logFile, 'a', 0o600);
    try {
      const output = ['ignore', log.fd, log.fd] as const;
      const child = spawn('sh', ['-c', PRIVATELY, 'sh', program ?? command, ...rest], {
        detached: true,
        env: { ...(env ?? process.env), ...mark },
        stdio: isReady === undefined ? [...output, 'ipc'] : [...output],
      });
      await once(child, 'spawn');
      // What may follow is a signal that came too late.
      child.on('error', () => undefined);
      return child;
    } catch (error) {
      throw new ServiceStartError(`${name} can't be started: ${messageOf(error)}`, { cause: error });
    } finally {
      await log.close();
    }
  }
}

function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

async function exitOf(child: ChildProcess): Promise<void> {
  if (!hasEnded(child)) await once(child, 'exit');
}
