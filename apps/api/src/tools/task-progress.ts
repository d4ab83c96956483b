import type {
  ImportProgress,
  PrefixProgress,
  RestoreProgress,
  VerifyProgress,
} from '@hybrid-sync/sync-core/reconcile';
import type { TaskProgress } from './tool.js';

/** How far a verification or a repair is: it goes through the shadows, then through the pairs. */
export function comparison({ shadows, pairs, differences, cursor }: VerifyProgress): TaskProgress {
  const message = `${shadows} shadows and ${pairs} pairs looked at, ${differences} keys differ`;
  return { done: shadows + pairs, message, cursor };
}

/** How far a restore is: its first phase counts nothing of its own, so that the number only rises. */
export function restoration({ phase, shadows, expected, cursor }: RestoreProgress): TaskProgress {
  const done = phase === 'clocks' ? 0 : shadows;
  const what = phase === 'clocks' ? 'raising the clocks' : 'bringing pairs back';
  return { done, total: expected, message: `${what}: ${shadows} of about ${expected} shadows`, cursor };
}

/** How far an import is. */
export function takingOver({ seen, importable, imported, cursor }: ImportProgress): TaskProgress {
  const message = `${seen} plain keys looked at, ${importable} to import, ${imported} imported`;
  return { done: seen, message, cursor };
}

/** How far a delete by prefix is. */
export function deletion({ keys, shadowOnly, deleted, cursor }: PrefixProgress): TaskProgress {
  const message = `${keys} keys found, ${shadowOnly} of them in the shadow store alone, ${deleted} deleted`;
  return { done: keys, message, cursor };
}
