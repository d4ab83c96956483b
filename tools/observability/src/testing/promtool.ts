import { findPromtool } from '@hybrid-sync/services';
import { execa } from 'execa';

/** Runs promtool, with `input` on its standard input. @returns its exit code and all that it said */
export type Promtool = (args: readonly string[], input?: string) => Promise<{ code: number; said: string }>;

/**
 * Promtool; undefined, with a word about it, where it can't be had. In CI that is a failure.
 * @throws ServicesError in CI where it can't be had
 */
export async function promtoolForTests(): Promise<Promtool | undefined> {
  let program: string;
  try {
    program = await findPromtool();
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`SKIPPING the tests that need promtool: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  return async (args, input) => {
    const { exitCode, all } = await execa(program, args, {
      all: true,
      reject: false,
      ...(input === undefined ? { stdin: 'ignore' as const } : { input }),
    });
    return { code: exitCode ?? -1, said: all };
  };
}
