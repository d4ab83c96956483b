import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, ServiceStartError } from '../errors.js';
import { findExecutable } from './executables.js';
import { lastLines } from './last-lines.js';
import {
  childrenOf,
  commandLineOf,
  forgetRecord,
  isRunning,
  recordIdentity,
  runningFromRecord,
} from './process-identity.js';
import { waitUntil } from './wait-until.js';

/** How long a process may take to go after its stop signal, in milliseconds, before SIGKILL. */
const STOP_TIMEOUT_MS = 10_000;
/** How long SIGKILL may take: longer only for a process in the middle of a system call. */
const KILL_TIMEOUT_MS = 5_000;

/** A program to run as a service. */
export interface ServiceProgram {
  /** Name for messages and files. */
  readonly name: string;
  /** TCP port on 127.0.0.1 that it serves, the same after each start. */
  readonly port: number;
  readonly command: string;
  readonly args: readonly string[];
  /** File that takes what it prints; appended to. */
  readonly logFile: string;
  /** File that says which process it is, for the next run to find what a crash left behind. */
  readonly recordFile: string;
  /** What its command line holds; a leftover without it is left alone. */
  readonly commandMark: string;
  /** Signal that asks it to end in good order. */
  readonly stopSignal: 'SIGTERM' | 'SIGINT';
  /** Makes ready what the program finds at each start: folders, permissions. */
  readonly prepare?: () => Promise<void>;
  /** The program arranges itself to end with its parent, or `command` already does. */
  readonly endsWithParent?: boolean;
  /** Tells whether it is ready; asked again and again. Without it the program tells over IPC. */
  readonly isReady?: () => Promise<boolean>;
  /** How long it may take to become ready, in milliseconds. */
  readonly readyTimeoutMs: number;
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
  #stopping = false;

  /** Called when the process ends and nobody had asked for it. */
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
   * Sends a signal to the process and its children: SIGSTOP and SIGCONT to freeze and thaw it, SIGKILL for a crash.
   * It is not a stop: an exit that follows counts as unexpected, and `start()` may be called after it.
   */
  async signal(signal: NodeJS.Signals): Promise<void> {
    for (const pid of await this.pids()) send(pid, signal);
  }

  /**
   * Starts the process and waits until it is ready. Does nothing when it runs.
   * @param signal gives the start up, and ends the process
   * @throws ServiceStartError with the last lines of the log when it does not become ready
   */
  async start(signal?: AbortSignal): Promise<void> {
    if (this.#child !== undefined) return;
    signal?.throwIfAborted();
    await this.stopLeftover();
    await this.#program.prepare?.();
    const child = await this.#spawn();
    this.#child = child;
    this.#stopping = false;
    const told = once(child, 'message').then(
      () => true,
      () => false,
    );
    const gone = new AbortController();
    child.once('exit', (code, signal) => {
      gone.abort();
      this.#child = undefined;
      if (!this.#stopping) {
        this.onUnexpectedExit?.(`${this.name} ended unexpectedly (${signal ?? `exit code ${code}`})`);
      }
    });
    await recordIdentity(this.#program.recordFile, child.pid ?? 0);
    const { isReady, readyTimeoutMs } = this.#program;
    const giveUp = signal === undefined ? gone.signal : AbortSignal.any([gone.signal, signal]);
    let ready = false;
    void told.then((value) => {
      ready = value;
    });
    const inTime = await waitUntil(isReady ?? (async () => ready), readyTimeoutMs, giveUp);
    if (inTime) return;
    const reason = gone.signal.aborted
      ? 'ended while starting'
      : `was not ready after ${readyTimeoutMs / 1000} s`;
    await this.stop();
    signal?.throwIfAborted();
    throw new ServiceStartError(
      `${this.name} ${reason}; the end of ${this.logFile}:\n${await lastLines(this.logFile)}`,
    );
  }

  /** Ends the process in good order, by force when that takes too long. Does nothing when it is stopped. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#stopping = true;
    if (child?.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      await endInGoodOrder(
        child.pid,
        this.#program.stopSignal,
        async () => child.exitCode !== null || child.signalCode !== null,
      );
      await exited;
    }
    this.#child = undefined;
    await forgetRecord(this.#program.recordFile);
  }

  /** Stops what an earlier run left behind, if it is certain that it is this service. */
  async stopLeftover(): Promise<void> {
    const leftover = await runningFromRecord(this.#program.recordFile);
    if (leftover === undefined) return;
    if (!(await commandLineOf(leftover.pid)).includes(this.#program.commandMark)) return;
    await endInGoodOrder(leftover.pid, this.#program.stopSignal, async () => !(await isRunning(leftover)));
    await forgetRecord(this.#program.recordFile);
  }

  async #spawn(): Promise<ChildProcess> {
    const { logFile, recordFile, command, args, isReady, endsWithParent, stopSignal, name } = this.#program;
    await Promise.all([logFile, recordFile].map((file) => mkdir(dirname(file), { recursive: true })));
    const setpriv = endsWithParent ? undefined : await findExecutable(['setpriv']);
    const [program, ...rest] =
      setpriv === undefined
        ? [command, ...args]
        : [setpriv, '--pdeathsig', stopSignal.slice(3), '--', command, ...args];
    const log = await open(logFile, 'a');
    try {
      const output = ['ignore', log.fd, log.fd] as const;
      const child = spawn(program ?? command, rest, {
        detached: true,
        stdio: isReady === undefined ? [...output, 'ipc'] : [...output],
      });
      await once(child, 'spawn');
      return child;
    } catch (error) {
      throw new ServiceStartError(`${name} can't be started: ${messageOf(error)}`, { cause: error });
    } finally {
      await log.close();
    }
  }
}

/** Asks a process to end, then makes it. Thaws it first, for a frozen process takes no notice of what it is asked. */
async function endInGoodOrder(
  pid: number,
  stopSignal: NodeJS.Signals,
  isGone: () => Promise<boolean>,
): Promise<void> {
  const children = await childrenOf(pid);
  for (const each of [pid, ...children]) send(each, 'SIGCONT');
  send(pid, stopSignal);
  if (await waitUntil(isGone, STOP_TIMEOUT_MS)) return;
  for (const each of [pid, ...(await childrenOf(pid))]) send(each, 'SIGKILL');
  if (!(await waitUntil(isGone, KILL_TIMEOUT_MS))) {
    throw new ServiceStartError(`process ${pid} can't be ended`);
  }
}

function send(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
