import type { Pod } from '@hybrid-sync/sync-core';
import {
  expireAlike,
  importPlain,
  type RestoreReport,
  repair,
  restore,
  type VerifyProgress,
  type VerifyReport,
  verify,
} from '@hybrid-sync/sync-core/reconcile';
import type { ToolArguments, ToolResult } from '@hybrid-sync/tool-contract';
import { firstThatFit } from './answer-size.js';
import { keyReport, mendKey, sidesOf } from './reconcile-key.js';
import { comparison, restoration, takingOver } from './task-progress.js';
import type { CallerGone, CallTerms, ToolHandlers } from './tool.js';

/** The tools that compare cache and shadows, mend what differs, and bring lost or foreign data in. */
export const reconcileHandlers: ToolHandlers<
  | 'verify_cache_sync'
  | 'verify_key_sync'
  | 'get_cache_ttl_info'
  | 'force_sync_repair'
  | 'restore_cache'
  | 'import_plain_keys'
> = {
  verify_cache_sync: async (args, pod, { gone, onProgress }) =>
    verificationOf(
      await verify(pod.stores, {
        ...boundsOf(args, endOfTasks(pod, gone)),
        prefix: args.prefix,
        samples: args.samples,
        onProgress: (progress) => onProgress?.(comparison(progress)),
      }),
    ),

  verify_key_sync: async ({ key, waitMs }, pod, { gone }) => {
    const report = await keyReport(pod, key, { patienceMs: waitMs, signal: endOfTasks(pod, gone) });
    const kind = report.difference?.kind ?? null;
    return { key, state: report.state, kind, ...sidesOf(report), timestamp: now() };
  },

  get_cache_ttl_info: async ({ key }, pod) => {
    const report = await keyReport(pod, key, { patienceMs: 0 });
    const sides = sidesOf(report);
    const { cache, shadow } = sides;
    const alike = expireAlike(report.pair?.expireAt, report.shadow?.expireAt?.getTime());
    const agree = cache.found === shadow.found && (!cache.found || alike);
    return { key, ...sides, agree, timestamp: now() };
  },

  force_sync_repair: repairAll,

  restore_cache: async (args, pod, { gone, onProgress }) => {
    let expected = 0;
    const report = await restore(pod.stores, {
      ...boundsOf(args, endOfTasks(pod, gone)),
      prefix: args.prefix,
      onProgress: (progress) => {
        expected = progress.expected;
        onProgress?.(restoration(progress));
      },
    });
    return { ...report, expected, ...endOf(report) };
  },

  import_plain_keys: async (args, pod, { gone, onProgress }) => {
    const { maxKeyBytes, maxValueBytes, namespace } = pod.settings;
    const bounds = boundsOf(args, endOfTasks(pod, gone));
    const { match, hashes, apply, samples } = args;
    const report = await importPlain(pod.stores, pod.running.sync, {
      ...bounds,
      ...{ match, hashes, apply, samples, maxKeyBytes, maxValueBytes, namespace },
      onProgress: (progress) => onProgress?.(takingOver(progress)),
    });
    const leftOut = report.leftOut.map(({ key, reason }) => `${key}: ${reason}`);
    return {
      ...report,
      samples: firstThatFit(report.samples),
      leftOut: firstThatFit(leftOut),
      ...endOf(report),
    };
  },
};

async function repairAll(
  args: ToolArguments<'force_sync_repair'>,
  pod: Pod,
  { gone, onProgress }: CallTerms,
): Promise<ToolResult<'force_sync_repair'>> {
  const signal = endOfTasks(pod, gone);
  const options = {
    ...boundsOf(args, signal),
    samples: args.samples,
    apply: args.apply,
    onProgress: (progress: VerifyProgress) => onProgress?.(comparison(progress)),
  };
  const { applied, plan, done, ...report } =
    args.key === undefined || args.key === null
      ? await repair(pod.stores, pod.running.sync, { ...options, prefix: args.prefix })
      : await mendKey(pod, args.key, { apply: args.apply, patienceMs: args.waitMs, signal });
  return { applied, plan, done, ...verificationOf(report) };
}

const now = () => new Date().toISOString();

/** What ends a long task before its time, with a cursor: the pod is stopping, or the caller has gone. */
export function endOfTasks(pod: Pod, gone: CallerGone | undefined): AbortSignal {
  return gone === undefined ? pod.stopping : AbortSignal.any([pod.stopping, gone()]);
}

function boundsOf(
  args: Pick<ToolArguments<'restore_cache'>, 'cursor' | 'budgetMs' | 'keysPerSecond' | 'waitMs'>,
  signal: AbortSignal,
) {
  return {
    cursor: args.cursor ?? undefined,
    budgetMs: args.budgetMs,
    keysPerSecond: args.keysPerSecond ?? undefined,
    patienceMs: args.waitMs,
    signal,
  };
}

/** How the report of a long task ends, in the form that each of these tools gives it. */
export function endOf(report: Pick<RestoreReport, 'cursor' | 'stopped' | 'seconds' | 'keysPerSecond'>) {
  const { cursor, stopped } = report;
  return { cursor: cursor ?? null, stopped: stopped ?? null, ...rateOf(report), timestamp: now() };
}

/** Rounded to what anyone would read: milliseconds, and whole keys. */
function rateOf({ seconds, keysPerSecond }: { readonly seconds: number; readonly keysPerSecond: number }) {
  return { seconds: Math.round(seconds * 1000) / 1000, keysPerSecond: Math.round(keysPerSecond) };
}

function verificationOf(report: Omit<VerifyReport, 'shadows' | 'pairs'>): ToolResult<'verify_cache_sync'> {
  const { complete, health, keys, tombstones, differing, kinds, undecided } = report;
  return {
    complete,
    cursor: report.cursor ?? null,
    health,
    keys,
    tombstones,
    differing,
    kinds,
    samples: firstThatFit(report.samples),
    undecided,
    storeAway: report.storeAway ?? null,
    ...rateOf(report),
    timestamp: now(),
  };
}
