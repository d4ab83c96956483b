import { parentPort, workerData } from 'node:worker_threads';
import { ALL_ATTACKS } from './all-attacks.js';
import { run } from './attacks.js';
import type { Target } from './target.js';

/** What an attacker is told; it ends with the first message. */
export interface AttackOrder {
  /** Name of the attack. */
  readonly name: string;
  readonly target: Target;
  readonly scale: number;
}

const { name, target, scale } = workerData as AttackOrder;
const attack = ALL_ATTACKS.find((each) => each.name === name);
if (attack === undefined) throw new Error(`there is no attack "${name}"`);
const ending = new AbortController();
parentPort?.once('message', () => ending.abort());
await run(attack, target, scale, ending.signal);
