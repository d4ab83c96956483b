import { byId, html, setText } from './dom.js';

/** What a person is asked before something is done. */
export interface Act {
  readonly title: string;
  /** What it will do, a sentence each. */
  readonly effects: readonly string[];
  /** What the button says that does it. */
  readonly verb: string;
  /** Whether it has to be said why. */
  readonly needsReason: boolean;
  /** The reason that is offered; none unless given. */
  readonly reason?: string;
  /** Whether it takes something away. */
  readonly danger?: boolean;
}

/** Longest reason, in characters. */
const MAX_REASON = 500;

/** Tells what an act will do, and asks whether it is meant. */
export async function askFirst(act: Omit<Act, 'needsReason' | 'reason'>): Promise<boolean> {
  return (await ask({ ...act, needsReason: false }, false)) !== undefined;
}

/** Tells what an act will do and asks why. @returns the reason, which may be empty; undefined where it is not meant after all */
export function askWhy(act: Act): Promise<string | undefined> {
  return ask(act, true);
}

async function ask(act: Act, why: boolean): Promise<string | undefined> {
  const dialog = byId('act-dialog', HTMLDialogElement);
  const reason = byId('act-reason', HTMLInputElement);
  setText(byId('act-title', HTMLElement), act.title);
  byId('act-effects', HTMLElement).replaceChildren(...act.effects.map((effect) => html('li', {}, effect)));
  const verb = byId('act-do', HTMLButtonElement);
  setText(verb, act.verb);
  verb.className = act.danger ? 'danger' : 'primary';
  reason.value = act.reason ?? '';
  reason.required = act.needsReason;
  reason.maxLength = MAX_REASON;
  dialog.returnValue = 'no';
  byId('act-why', HTMLElement).hidden = !why;
  dialog.showModal();
  (why ? reason : verb).focus();
  await new Promise((resolve) => dialog.addEventListener('close', resolve, { once: true }));
  return dialog.returnValue === 'yes' ? reason.value.trim() : undefined;
}
