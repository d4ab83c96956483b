import { TASKS, type TaskRequest } from './tasks.js';

/**
 * The process under test: the load generator and whatever the row runs in an application's own process. It is told its
 * task over IPC, answers once, and ends; without its parent it ends at once.
 */
process.once('disconnect', () => process.exit(1));
process.once('message', ({ name, input }: TaskRequest) => {
  // The parent's types see to it that the input is the task's own.
  const run = TASKS[name] as (given: typeof input) => Promise<unknown>;
  run(input).then(
    (output) => process.send?.({ output }, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
