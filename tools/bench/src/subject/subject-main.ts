import { TASKS, type TaskReply, type TaskRequest } from './tasks.js';

/**
 * The process under test: the load generator, and whatever the row runs in an application's own process. It is told its
 * tasks over IPC and answers each one; without its parent it ends.
 */
process.once('disconnect', () => process.exit(0));
process.on('message', ({ name, input }: TaskRequest) => {
  // The parent's types see to it that the input is the task's own.
  const run = TASKS[name] as (given: typeof input) => Promise<unknown>;
  const reply = (message: TaskReply) => process.send?.(message);
  run(input).then(
    (output) => reply({ output }),
    (error: unknown) =>
      reply({ failure: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
