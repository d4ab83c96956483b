import { HybridSyncError, type PlainInput, type Pod, type SyncAnswer } from '@hybrid-sync/sync-core';
import type { ToolArguments, ToolResult } from '@hybrid-sync/tool-contract';
import { mutationResultOf, writeTerms } from './sync-result.js';
import { toolFailureOf } from './tool-failure.js';
import { deleteInputOf, deletePair, expirePair, incrementPair, setInputOf, setPair } from './write-pair.js';

/**
 * Keys of one batch that are written at the same time: as many as one batch of the fast queue holds unless set otherwise, so
 * that a large call leaves room for the writes of others.
 */
const KEYS_AT_ONCE = 256;

type Batch = ToolArguments<'kv_batch'>;
type Operation = Batch['operations'][number];
type Plain = Extract<Operation, { op: 'set' | 'del' }>;
type Result = ToolResult<'kv_batch'>['results'][number];
type Origin = Omit<Batch, 'operations'>;
type Answer = SyncAnswer & { existed?: boolean | undefined; sum?: number };

/**
 * Does every operation as the single write does it: those of one key in their order, those of different keys at the same time.
 * Keys that are only set and deleted are written together; of the others one operation is behind the other. One that fails
 * fails alone.
 * @throws NotReadyError before anything is written
 */
export async function runBatch({ operations, ...origin }: Batch, pod: Pod): Promise<ToolResult<'kv_batch'>> {
  // A pod that can't write yet refuses the call, not each operation.
  void pod.running;
  const results = new Map<Operation, Result>();
  const groups = [...byKey(operations).values()];
  for (let at = 0; at < groups.length; at += KEYS_AT_ONCE) {
    const part = groups.slice(at, at + KEYS_AT_ONCE);
    await Promise.all([
      runTogether(part.filter(isPlain).flat(), origin, pod, results),
      ...part.filter((ofKey) => !isPlain(ofKey)).map((ofKey) => runInTurn(ofKey, origin, pod, results)),
    ]);
  }
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

function isPlain(ofKey: Operation[]): ofKey is Plain[] {
  return ofKey.every(({ op }) => op === 'set' || op === 'del');
}

async function runTogether(
  operations: readonly Plain[],
  origin: Origin,
  pod: Pod,
  results: Map<Operation, Result>,
): Promise<void> {
  const asked: Plain[] = [];
  const inputs: PlainInput[] = [];
  for (const operation of operations) {
    try {
      const args = { ...origin, ...operation };
      inputs.push(args.op === 'set' ? setInputOf(pod, args) : deleteInputOf(args));
      asked.push(operation);
    } catch (error) {
      results.set(operation, failed(operation, error, pod));
    }
  }
  if (asked.length === 0) return;
  const outcomes = await pod.running.sync.writeMany(inputs, writeTerms(origin));
  for (const [place, operation] of asked.entries()) {
    const outcome = outcomes[place];
    const done = outcome !== undefined && !(outcome instanceof Error);
    results.set(operation, done ? resultOf(operation, outcome) : failed(operation, outcome, pod));
  }
}

async function runInTurn(
  operations: readonly Operation[],
  origin: Origin,
  pod: Pod,
  results: Map<Operation, Result>,
): Promise<void> {
  for (const operation of operations) {
    try {
      results.set(operation, resultOf(operation, await write({ ...origin, ...operation }, pod)));
    } catch (error) {
      results.set(operation, failed(operation, error, pod));
    }
  }
}

function resultOf({ op }: Operation, answer: Answer): Result {
  const { method, existed, sum } = answer;
  return {
    op,
    method,
    ...mutationResultOf(answer),
    ...(existed === undefined ? {} : { existed }),
    ...(sum === undefined ? {} : { sum }),
  };
}

function failed({ op, key }: Operation, error: unknown, pod: Pod): Result {
  if (!(error instanceof HybridSyncError)) pod.log.error({ err: error }, 'an operation of a batch failed');
  return { op, key, error: toolFailureOf(error) };
}

/** The single write that an operation is. */
function write(args: Operation & Origin, pod: Pod): Promise<Answer> {
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
