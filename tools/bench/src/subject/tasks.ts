import { runFallbackTask } from './fallback-task.js';
import { runMemoryTask } from './memory-task.js';
import { runRowTask } from './row-task.js';

/** What a subject process can be asked to do; each process does one task and ends. */
export const TASKS = {
  row: runRowTask,
  fallback: runFallbackTask,
  memory: runMemoryTask,
} as const;

/** The name of a task. */
export type TaskName = keyof typeof TASKS;
/** What a task is given. */
export type TaskInput<Name extends TaskName> = Parameters<(typeof TASKS)[Name]>[0];
/** What a task finds out; it has to survive JSON. */
export type TaskOutput<Name extends TaskName> = Awaited<ReturnType<(typeof TASKS)[Name]>>;

/** What is sent to a subject process. */
export interface TaskRequest<Name extends TaskName = TaskName> {
  readonly name: Name;
  readonly input: TaskInput<Name>;
}
