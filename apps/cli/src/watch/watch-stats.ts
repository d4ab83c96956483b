import { setTimeout as delay } from 'node:timers/promises';
import type { CommandContext } from '../commands/command-context.js';
import { NoApiError } from '../errors.js';
import { printableJson } from '../output/printable.js';
import { Screen } from './screen.js';
import { type Sample, statsView } from './stats-view.js';

/**
 * Looks at the statistics until a signal ends it. On a terminal it redraws one screen; elsewhere it prints each look
 * after the last one. An api that goes away after the first look is waited for.
 * @throws what ends it: EndedBySignal, or a failure of the first look or of the token
 */
export async function watchStats(
  look: () => Promise<Record<string, unknown>>,
  intervalMs: number,
  context: CommandContext,
): Promise<never> {
  const { stdout, signal } = context.surroundings;
  const { url } = context.connection();
  let last: Sample = { stats: await look(), atMs: performance.now() };
  let before: Sample | undefined;
  let failure: string | undefined;
  const screen = stdout.isTTY && !context.json ? new Screen(stdout) : undefined;
  const show = () => {
    if (context.json) {
      if (failure === undefined) context.print(printableJson(last.stats));
      return;
    }
    const { style } = context;
    const state =
      failure === undefined ? style.dim(`every ${intervalMs / 1000} s; Ctrl-C ends`) : style.alarm(failure);
    const text = `${style.bold(`Sync statistics of ${url}`)}\n${state}\n${statsView(last, before, context)}`;
    if (screen === undefined) context.print(text);
    else screen.draw(text);
  };
  try {
    for (;;) {
      const beganAt = performance.now();
      show();
      await delay(Math.max(0, intervalMs - (performance.now() - beganAt)), undefined, { signal }).catch(
        () => {},
      );
      signal.throwIfAborted();
      try {
        const stats = await look();
        [before, last, failure] = [last, { stats, atMs: performance.now() }, undefined];
      } catch (error) {
        if (!(error instanceof NoApiError)) throw error;
        failure = `no answer for ${Math.round((performance.now() - last.atMs) / 1000)} s: ${error.message}`;
      }
    }
  } finally {
    screen?.close();
  }
}
