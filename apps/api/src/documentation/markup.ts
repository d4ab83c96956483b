const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** A piece of a page. */
export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Part = Markup | string | number | undefined | readonly Part[];

/** Makes a piece of a page: what is put into it is text, never markup, unless it is a piece itself. */
export function markup(pieces: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(pieces.reduce((text, piece, index) => text + textOf(parts[index - 1]) + piece));
}

function textOf(part: Part): string {
  if (part === undefined) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'object') return part.map(textOf).join('');
  return String(part).replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
}

/** Words in which backquotes mark code, and an empty line a paragraph. */
export function paragraphs(words: string): Markup[] {
  return words.split(/\n\n+/).map((paragraph) => markup`<p>${withCode(paragraph)}</p>`);
}

/** Words in which backquotes mark code. */
export function withCode(words: string): Markup[] {
  return words
    .split('`')
    .map((part, index) => (index % 2 === 0 ? markup`${part}` : markup`<code>${part}</code>`));
}
