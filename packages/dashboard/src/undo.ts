import { type PastChange, settingValue } from './change-words.js';

/** What an undo comes to. */
export interface Undo {
  /** The values to be set, by the settings' names; null for the value of the start. */
  readonly values: Readonly<Record<string, PastChange['settings'][number]['before']>>;
  /** What it will do, and which later changes of others it goes over, a sentence each. */
  readonly effects: readonly string[];
}

/** What undoing a change comes to. `later`: the changes since, the last one first. */
export function undoOf(change: PastChange, later: readonly PastChange[]): Undo {
  return {
    values: Object.fromEntries(change.settings.map(({ name, before }) => [name, before])),
    effects: change.settings.flatMap(({ name, before }) => {
      const overrun = later.find(({ settings }) => settings.some((each) => each.name === name));
      return [
        `Sets ${name} to ${settingValue(before)}.`,
        ...(overrun === undefined ? [] : [warning(overrun, name)]),
      ];
    }),
  };
}

function warning({ by, settings, revision }: PastChange, name: string): string {
  const value = settings.find((each) => each.name === name)?.after ?? null;
  return `▲ ${by ?? 'Someone'} has set ${name} to ${settingValue(value)} since (change ${revision ?? 'not known'}): that is gone then, too.`;
}
