import { ServiceStartError } from '../errors.js';
import { childrenOf } from './process-identity.js';
import { waitUntil } from './wait-until.js';

/** How long a process may take to go after its stop signal, in milliseconds, before SIGKILL. */
const DEFAULT_STOP_TIMEOUT_MS = 10_000;
/** How long SIGKILL may take: longer only for a process in the middle of a system call. */
const KILL_TIMEOUT_MS = 5_000;

/** Asks a process to end, then makes it. Thaws it first, for a frozen process takes no notice of what it is asked. */
export async function endInGoodOrder(
  pid: number,
  stopSignal: NodeJS.Signals,
  isGone: () => Promise<boolean>,
  stopTimeoutMs = DEFAULT_STOP_TIMEOUT_MS,
): Promise<void> {
  const children = await childrenOf(pid);
  for (const each of [pid, ...children]) sendSignal(each, 'SIGCONT');
  sendSignal(pid, stopSignal);
  if (await waitUntil(isGone, stopTimeoutMs)) return;
  for (const each of [pid, ...(await childrenOf(pid))]) sendSignal(each, 'SIGKILL');
  if (!(await waitUntil(isGone, KILL_TIMEOUT_MS))) {
    throw new ServiceStartError(`process ${pid} can't be ended`);
  }
}

/** Sends a signal to a process; that it is gone is fine. */
export function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // It is gone already.
  }
}
