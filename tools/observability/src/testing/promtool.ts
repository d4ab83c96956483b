import { findPromtool, hadForTests } from '@hybrid-sync/services';
import { execa } from 'execa';

/** Runs promtool, with `input` on its standard input. @returns its exit code and all that it said */
export type Promtool = (args: readonly string[], input?: string) => Promise<{ code: number; said: string }>;

/** Promtool, as {@link hadForTests} has it. */
export async function promtoolForTests(): Promise<Promtool | undefined> {
  const program = await hadForTests('promtool', findPromtool);
  if (program === undefined) return undefined;
  return async (args, input) => {
    const { exitCode, all } = await execa(program, args, {
      all: true,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    });
    return { code: exitCode ?? -1, said: all };
  };
}
