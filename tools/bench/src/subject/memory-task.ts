import { setTimeout as delay } from 'node:timers/promises';
import { Pairs } from '../load/pairs.js';
import { core } from '../rows/core.js';
import { MOST_CLIENTS } from '../rows/row.js';
import type { StoreUrls } from '../system/bench-system.js';

/** A pod that makes many mutations. Node has to run with `--expose-gc`. */
export interface MemoryTask extends StoreUrls {
  readonly seed: string;
  /** Mutations before the first look. */
  readonly warmUp: number;
  /** Mutations between the two looks. */
  readonly mutations: number;
}

/** Resident memory of the process, in bytes, each time after a full garbage collection. */
export interface MemoryOutcome {
  readonly rssBefore: number;
  readonly rssAfter: number;
}

/** Time in which what was freed goes back to the operating system, in milliseconds. */
const SETTLE_MS = 500;
const COLLECTIONS = 3;

/** Measures what a pod grows by. @throws Error without `--expose-gc` */
export async function runMemoryTask(task: MemoryTask): Promise<MemoryOutcome> {
  const { seed, warmUp, mutations, ...urls } = task;
  const row = await core()({ ...urls, pairs: new Pairs(seed) });
  let next = 0;
  const writeUntil = async (end: number) => {
    const client = async () => {
      while (next < end) await row.write(next++, 1);
    };
    await Promise.all(Array.from({ length: MOST_CLIENTS }, client));
  };
  try {
    await writeUntil(warmUp);
    const rssBefore = await rss();
    await writeUntil(warmUp + mutations);
    return { rssBefore, rssAfter: await rss() };
  } finally {
    await row.close();
  }
}

async function rss(): Promise<number> {
  if (globalThis.gc === undefined) throw new Error('node has to run with --expose-gc');
  for (let each = 0; each < COLLECTIONS; each++) {
    globalThis.gc();
    await delay(SETTLE_MS);
  }
  return process.memoryUsage.rss();
}
