import type { ToolName } from '@hybrid-sync/tool-contract';
import { askBeside } from './beside.js';
import { type Attributes, byId, setAttributes, setText } from './dom.js';

/** Who the api takes the page's reader for. */
interface Caller {
  readonly name: string;
  readonly role: string;
  /** The role that each tool needs which this one may not use. */
  readonly lacks?: Readonly<Partial<Record<ToolName, string>>>;
}

/** Why a control can not be used, and the role that would help. */
interface Lock {
  readonly why: string;
  readonly role?: string;
}

/** Marks a control that calls a tool: it is locked where the reader's token may not use that. */
export function calls(tool: ToolName): Attributes {
  return { 'data-tool': tool };
}

/** Marks a control that can not be used just now, and why; undefined where it can. */
export function notNow(why: string | undefined): Attributes {
  return { 'data-not-now': why };
}

/**
 * Locks the controls that can not be used: they stay where they are, are reached by keyboard, and say why. What a token may
 * not do the api tells; it refuses that in any case. A press of such a control asks for another token.
 */
export class Locks {
  readonly #token: () => string | undefined;
  readonly #ask: (why: string) => void;
  /** "refused": there is no token that the api takes. Undefined while that is not known: then nothing is locked. */
  #caller: Caller | 'refused' | undefined;

  /** `token`: the one that the page sends. `ask`: asks for another one, and says why. */
  constructor(token: () => string | undefined, ask: (why: string) => void) {
    this.#token = token;
    this.#ask = ask;
    byId('locks-token', HTMLButtonElement).addEventListener('click', () => ask(this.#inShort()));
    new MutationObserver((changes) => {
      for (const { type, target, addedNodes } of changes)
        for (const node of type === 'attributes' ? [target] : addedNodes)
          if (node instanceof HTMLElement) this.#markIn(node);
    }).observe(document.body, {
      ...{ childList: true, subtree: true },
      attributeFilter: ['data-tool', 'data-not-now'],
    });
    // Before anyone else hears of it, also of Enter in a form, which presses its first button.
    document.addEventListener('click', (event) => this.#guard(event), { capture: true });
  }

  /** Asks the api what the token may do, and shows whose it is. */
  async learn(): Promise<void> {
    const token = this.#token();
    const caller = await askBeside<Caller>('caller', token);
    if (token !== this.#token()) return;
    this.#caller = caller;
    const place = byId('caller', HTMLElement);
    const isKnown = typeof caller === 'object';
    // Where the api takes no tokens, everybody may do everything.
    place.hidden = !isKnown || token === undefined;
    setText(place, isKnown ? `${caller.name} (${caller.role})` : '');
    byId('locks', HTMLElement).hidden = this.#inShort() === '';
    setText(byId('locks-words', HTMLElement), this.#inShort());
    this.#markIn(document.body);
  }

  #markIn(place: HTMLElement): void {
    const controls = place.querySelectorAll<HTMLElement>('[data-tool], [data-not-now]');
    for (const control of [place, ...controls]) this.#mark(control);
  }

  #mark(control: HTMLElement): void {
    const lock = this.#lockOf(control);
    if (lock === undefined && !control.hasAttribute('aria-disabled')) return;
    setAttributes(control, {
      'aria-disabled': lock !== undefined && 'true',
      'data-needs': lock?.role,
      title: lock?.why,
    });
  }

  #lockOf({ dataset: { tool, notNow: why } }: HTMLElement): Lock | undefined {
    const caller = this.#caller;
    if (tool !== undefined && caller === 'refused') return { why: 'needs a token', role: 'a token' };
    const role = typeof caller === 'object' ? caller.lacks?.[tool as ToolName] : undefined;
    if (role !== undefined && typeof caller === 'object')
      return { why: `needs the role ${role}; your token has ${caller.role}`, role };
    return why === undefined ? undefined : { why };
  }

  /** What is locked for this reader, in a sentence; empty for nothing. */
  #inShort(): string {
    const caller = this.#caller;
    if (caller === undefined) return '';
    if (caller === 'refused') return 'Nothing can be done here without a token that the api takes.';
    if (Object.keys(caller.lacks ?? {}).length === 0) return '';
    return `Your token has the role ${caller.role}: what needs a higher one is locked.`;
  }

  #guard(event: Event): void {
    if (!(event.target instanceof Element)) return;
    const control = event.target.closest<HTMLElement>('[aria-disabled="true"]');
    const lock = control === null ? undefined : this.#lockOf(control);
    if (control === null || lock === undefined) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (lock.role !== undefined) this.#ask(`“${nameOf(control)}” ${lock.why}.`);
  }
}

/** What a control is called. */
function nameOf(control: HTMLElement): string {
  return control.getAttribute('aria-label') ?? control.textContent;
}
