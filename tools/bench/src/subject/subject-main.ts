import { runMillionTask } from '../million/million-task.js';
import { runFallbackTask } from './fallback-task.js';
import { runMemoryTask } from './memory-task.js';
import { closeRow, openRow, runCell } from './row-session.js';

/** What a subject process can be asked to do, one thing after the other. */
const TASKS = {
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
/** What a subject process answers. */
export type TaskReply = { readonly output: unknown } | { readonly failure: string };

/**
 * The process under test: the load generator, and whatever the row runs in an application's own process. It is told its
 * tasks over IPC and answers each one; without its parent it ends.
 */
process.once('disconnect', () => process.exit(0));
process.on('message', ({ name, input }: { readonly name: TaskName; readonly input: never }) => {
  const reply = (message: TaskReply) => process.send?.(message);
  // The parent's types see to it that the input is the task's own.
  (TASKS[name] as (given: never) => Promise<unknown>)(input).then(
    (output) => reply({ output }),
    (error: unknown) =>
      reply({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
