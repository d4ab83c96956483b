import { HybridSyncError, type Pod, type SyncAnswer } from '@hybrid-sync/sync-core';
import type { ToolArguments, ToolResult } from '@hybrid-sync/tool-contract';
import { mutationResultOf } from './sync-result.js';
import { failureOf } from './tool-failure.js';
import { deletePair, expirePair, incrementPair, setPair } from './write-pair.js';

/**
 * Keys of one batch that are written at the same time: as many as one batch of the fast queue holds unless set otherwise, so
 * that a large call leaves room for the writes of others.
 */
const KEYS_AT_ONCE = 256;

type Batch = ToolArguments<'kv_batch'>;
type Operation = Batch['operations'][number];
type Result = ToolResult<'kv_batch'>['results'][number];

/**
 * Does every operation as the single write does it: those of one key one after the other, those of different keys at the
 * same time. One that fails fails alone.
 * @throws NotReadyError before anything is written
 */
export async function runBatch({ operations, ...origin }: Batch, pod: Pod): Promise<ToolResult<'kv_batch'>> {
  // A pod that can't write yet refuses the call, not each operation.
  void pod.running;
  const results = new Map<Operation, Result>();
  // The workers share one iterator: each takes the next key that none has taken.
  const keys = byKey(operations).values();
  const worker = async () => {
    for (const ofKey of keys) {
      for (const operation of ofKey) results.set(operation, await run(operation, origin, pod));
    }
  };
  await Promise.all(Array.from({ length: KEYS_AT_ONCE }, worker));
  const inOrder = operations.flatMap((operation) => results.get(operation) ?? []);
  const failed = inOrder.filter(({ error }) => error !== undefined).length;
  return { done: inOrder.length - failed, failed, results: inOrder };
}

function byKey(operations: readonly Operation[]): Map<string, Operation[]> {
  const groups = new Map<string, Operation[]>();
  for (const operation of operations) {
    const group = groups.get(operation.key);
    if (group === undefined) groups.set(operation.key, [operation]);
    else group.push(operation);
  }
  return groups;
}

async function run(operation: Operation, origin: Omit<Batch, 'operations'>, pod: Pod): Promise<Result> {
  const { op, key } = operation;
  try {
    const answer = await write({ ...origin, ...operation }, pod);
    const { method, existed, sum } = answer;
    return {
      op,
      method,
      ...mutationResultOf(answer),
      ...(existed === undefined ? {} : { existed }),
      ...(sum === undefined ? {} : { sum }),
    };
  } catch (error) {
    if (!(error instanceof HybridSyncError)) pod.log.error({ err: error }, 'an operation of a batch failed');
    return { op, key, error: failureOf(error) };
  }
}

/** The single write that an operation is. */
function write(
  args: Operation & Omit<Batch, 'operations'>,
  pod: Pod,
): Promise<SyncAnswer & { existed?: boolean; sum?: number }> {
  switch (args.op) {
    case 'set':
      return setPair(pod, args);
    case 'del':
      return deletePair(pod, args);
    case 'expire':
      return expirePair(pod, args);
    case 'incr':
      return incrementPair(pod, args);
  }
}
