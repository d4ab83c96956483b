import { runMillionTask } from '../million/million-task.js';
import { runFallbackTask } from './fallback-task.js';
import { runMemoryTask } from './memory-task.js';
import { closeRow, openRow, runCell } from './row-session.js';

/** What a subject process can be asked to do, one thing after the other. */
export const TASKS = {
  openRow,
  runCell,
  closeRow,
  fallback: runFallbackTask,
  memory: runMemoryTask,
  million: runMillionTask,
} as const;

/** The name of a task. */
export type TaskName = keyof typeof TASKS;
/** What a task is given. */
export type TaskInput<Name extends TaskName> = Parameters<(typeof TASKS)[Name]>[0];
/** What a task finds out; it has to survive JSON. */
export type TaskOutput<Name extends TaskName> = Awaited<ReturnType<(typeof TASKS)[Name]>>;

/** What is sent to a subject process. */
export interface TaskRequest {
  readonly name: TaskName;
  readonly input: TaskInput<TaskName>;
}

/** What it answers. */
export type TaskReply = { readonly output: unknown } | { readonly failure: string };
