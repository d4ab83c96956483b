import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type { AttackOrder } from './attacker.js';
import { ATTACKS, type Attack } from './attacks.js';
import { type BystanderWrites, writeBeside } from './bystander.js';
import { type PodUnderAttack, type PodUnderAttackOptions, startPod } from './pod-under-attack.js';

/** As it is built: a thread runs no TypeScript. */
const ATTACKER = new URL('../dist/attacker.js', import.meta.url);
/** Time between two looks at the pod's memory, in milliseconds. */
const LOOK_EVERY_MS = 100;
/** Longest that another client's write may take, in milliseconds. */
export const MOST_MS = 1000;

/** How the attacks are made. */
export interface AttackOptions extends PodUnderAttackOptions {
  /** How long each attack goes on, in seconds. */
  readonly seconds: number;
  /** Share of the connections that each attack has; 1 for all. */
  readonly scale: number;
}

/** What one attack cost. */
export interface AttackCost extends BystanderWrites {
  readonly name: string;
  readonly with: Attack['with'];
  /** Processor time of the pod, in milliseconds, and as a share of the time that the attack took. */
  readonly processorMs: number;
  readonly processorShare: number;
  /** Most memory that the pod had in use, in bytes. */
  readonly memoryBytes: number;
  /** Whether the pod lived on. */
  readonly lived: boolean;
}

/** Makes all attacks, one after the other, on a pod of its own. The first row is a time without any. */
export async function attackAll(
  options: AttackOptions,
  say: (line: string) => void,
  signal: AbortSignal,
): Promise<AttackCost[]> {
  const costs: AttackCost[] = [];
  let pod = await startPod(options, signal);
  try {
    const quiet: Attack = { name: 'none', with: 'nothing', connections: 0, reads: false };
    for (const attack of [quiet, ...ATTACKS]) {
      signal.throwIfAborted();
      say(attack.name);
      costs.push(await costOf(attack, pod, options, signal));
      if (!pod.lives) pod = await startPod(options, signal);
    }
    return costs;
  } finally {
    await pod.stop();
  }
}

async function costOf(
  attack: Attack,
  pod: PodUnderAttack,
  { seconds, scale }: AttackOptions,
  signal: AbortSignal,
): Promise<AttackCost> {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(), seconds * 1000);
  const until = AbortSignal.any([signal, over.signal]);
  const beganAt = performance.now();
  const usedBefore = (await pod.processorMs()) ?? 0;
  let memoryBytes = 0;
  let processorMs = usedBefore;
  const look = async () => {
    while (!until.aborted && pod.lives) {
      memoryBytes = Math.max(memoryBytes, await pod.memoryBytes());
      processorMs = (await pod.processorMs()) ?? processorMs;
      await pause(LOOK_EVERY_MS);
    }
  };
  const attacking = attack.connections === 0 ? undefined : attackFromThread(attack.name, pod, scale, until);
  const [written] = await Promise.all([writeBeside(pod.target, until), attacking, look()]);
  clearTimeout(timer);
  const usedMs = processorMs - usedBefore;
  return {
    name: attack.name,
    with: attack.with,
    processorMs: usedMs,
    processorShare: usedMs / (performance.now() - beganAt),
    memoryBytes,
    ...written,
    lived: pod.lives,
  };
}

/** Attacks from a thread of its own, so that what the attack costs the attacker does not hold up the other client. */
async function attackFromThread(
  name: string,
  { target }: PodUnderAttack,
  scale: number,
  until: AbortSignal,
): Promise<void> {
  const order: AttackOrder = { name, target, scale };
  const attacker = new Worker(ATTACKER, { workerData: order });
  until.addEventListener('abort', () => attacker.postMessage('end'), { once: true });
  await once(attacker, 'exit');
}

/** Why the run failed, a sentence each; empty if it passed. */
export function faultsIn(costs: readonly AttackCost[]): string[] {
  return costs.flatMap(({ name, lived, slowestMs, failed }) => [
    ...(lived ? [] : [`${name}: the pod died`]),
    ...(slowestMs <= MOST_MS ? [] : [`${name}: a write of another client took ${Math.round(slowestMs)} ms`]),
    ...(failed === 0 ? [] : [`${name}: ${failed} writes of another client failed`]),
  ]);
}
