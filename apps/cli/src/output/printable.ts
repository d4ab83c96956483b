/**
 * What a terminal would act upon, or not show, or show in another order: control characters, line separators, marks
 * that turn the direction of writing, and halves of surrogate pairs.
 */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]|\p{Cs}/gu;
const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };
/** Longest piece of somebody's input that a message quotes, in characters. */
const MAX_QUOTED = 40;

/** Text that a terminal shows as it is: what it would not is escaped as in JSON. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => SHORT[character] ?? escaped(character));
}

/** The beginning of a text, quoted, for a message. */
export function shortened(text: string): string {
  const cut = text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return printable(`"${cut}"`);
}

/** A JSON document that a terminal shows as it is, too: JSON leaves the control characters above U+007F alone. */
export function printableJson(value: unknown): string {
  return JSON.stringify(value).replace(/[\u007f-\u009f]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
