import type { ToolInput, ToolName } from '@hybrid-sync/tool-contract';
import type { Api } from '../api.js';
import { addReport, type Report, stopReason } from '../client/index.js';

/** What one call works for, in milliseconds: short, so that progress is seen and a cancelled task ends soon. */
const BUDGET_MS = 1500;

/** The tools that work for long, call by call. */
export type LongTool = Extract<
  ToolName,
  'verify_cache_sync' | 'force_sync_repair' | 'restore_cache' | 'import_plain_keys'
>;

/** A tool and its arguments, but for the cursor and the bounds. */
export interface TaskCall {
  readonly tool: LongTool;
  readonly args: Readonly<Record<string, unknown>>;
}

/** How a run ended. */
export type TaskEnd = 'complete' | 'cancelled' | 'stopped';

/**
 * Calls a tool again and again, each call where the one before ended, and adds their reports up:
 *
 *   idle ─▶ running ─▶ complete
 *             ▲  └───▶ cancelled, stopped (a store is away), or the call failed: the cursor of the last call is kept
 *             └──────── go on, in this run or the next, at any pod
 *
 * A task that is cancelled ends with the call that is under way, so that what is told was done is all that was done.
 */
export class LongTask {
  #asked: TaskCall | undefined;
  #report: Report | undefined;
  #cancelled = false;
  #running = false;

  /** What all calls so far did; undefined before the first one has answered. */
  get report(): Report | undefined {
    return this.#report;
  }

  /** What runs, or ran last. */
  get asked(): TaskCall | undefined {
    return this.#asked;
  }

  /** Whether it is running. */
  get running(): boolean {
    return this.#running;
  }

  /** Whether it was told to end, and has not yet. */
  get ending(): boolean {
    return this.#running && this.#cancelled;
  }

  /** Whether the last run ended before all was done, and may go on. */
  get canGoOn(): boolean {
    return !this.#running && typeof this.#report?.cursor === 'string';
  }

  /** Takes another task, from its beginning, or from where a report of it ended. */
  take(asked: TaskCall, report?: Report): void {
    this.#asked = asked;
    this.#report = report;
  }

  /** Ends the run with the call that is under way. */
  cancel(): void {
    this.#cancelled = true;
  }

  /**
   * Runs what was taken, from where it ended. `onReport`: told after each call. `keysPerSecond`: no more, where that is
   * given. @throws ClientError
   */
  async run(api: Api, onReport: () => void, keysPerSecond?: number): Promise<TaskEnd> {
    const { tool, args } = this.#asked ?? {};
    if (tool === undefined) throw new TypeError('no task was taken');
    this.#cancelled = false;
    this.#running = true;
    try {
      for (;;) {
        const cursor = this.#report?.cursor ?? undefined;
        const bounds = { budgetMs: BUDGET_MS, waitMs: BUDGET_MS, cursor, keysPerSecond };
        const report: Report = await api.call(tool, { ...args, ...bounds } as ToolInput<LongTool>);
        this.#report = this.#report === undefined ? report : addReport(this.#report, report);
        if (report.complete === true) return 'complete';
        if (stopReason(report) !== undefined) return 'stopped';
        if (this.#cancelled) return 'cancelled';
        onReport();
      }
    } finally {
      this.#running = false;
    }
  }
}
