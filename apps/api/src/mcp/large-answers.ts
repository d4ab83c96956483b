import { setImmediate as nextTurn } from 'node:timers/promises';

/** Characters of text from which an answer is large. */
const LARGE = 64 * 1024;
/** Turns of the event loop in which an answer is written and handed to its connection. */
const TURNS = 4;

/**
 * Large answers are written one after the other, with turns of the event loop between them: written all at once, they
 * would need memory for all and let no other client in meanwhile. What is written is bounded by the connections' own
 * rule.
 */
export class LargeAnswers {
  #last: Promise<void> = Promise.resolve();

  /** Resolves when the answer may be written; at once for one that is not large. */
  async turn(answer: unknown): Promise<void> {
    if (textIn(answer) < LARGE) return;
    const before = this.#last;
    let leave = () => {};
    this.#last = new Promise((resolve) => {
      leave = resolve;
    });
    await before;
    void turns().then(leave);
  }
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) await nextTurn();
}

/** Characters of all texts in it. */
function textIn(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 0;
  return Object.values(value).reduce((sum: number, each) => sum + textIn(each), 0);
}
