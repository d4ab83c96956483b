import { ProtocolError } from './protocol-error.js';

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', a: '\x07' };
const SPACE = /[ \t\v\f\r\n\0]/;
const HEX_BYTE = /^x[0-9a-fA-F]{2}/;

/**
 * The arguments in a line that a person typed: parted by spaces, with quotation marks where they hold some. In double ones
 * `\n`, `\xff` and the like stand for bytes.
 * @throws ProtocolError for quotation marks that don't close, or are followed by something other than a space
 */
export function inlineArguments(line: Buffer): Buffer[] {
  // One character for each byte.
  const text = line.toString('latin1');
  const found: Buffer[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && SPACE.test(text.charAt(at))) at++;
    if (at === text.length) return found;
    const [argument, end] = argumentAt(text, at);
    found.push(Buffer.from(argument, 'latin1'));
    at = end;
  }
}

function argumentAt(text: string, start: number): [argument: string, end: number] {
  let argument = '';
  let at = start;
  while (at < text.length && !SPACE.test(text.charAt(at))) {
    const character = text.charAt(at);
    if (character === '"' || character === "'") {
      const [quoted, end] = quotedAt(text, at + 1, character);
      if (end < text.length && !SPACE.test(text.charAt(end))) throw unbalanced();
      return [argument + quoted, end];
    }
    argument += character;
    at++;
  }
  return [argument, at];
}

function quotedAt(text: string, start: number, quote: string): [quoted: string, end: number] {
  let quoted = '';
  for (let at = start; at < text.length; ) {
    const character = text.charAt(at);
    if (character === quote) return [quoted, at + 1];
    if (character !== '\\' || at + 1 === text.length) {
      quoted += character;
      at++;
      continue;
    }
    const rest = text.slice(at + 1, at + 4);
    if (quote === '"' && HEX_BYTE.test(rest)) {
      quoted += String.fromCharCode(Number.parseInt(rest.slice(1), 16));
      at += 4;
    } else if (quote === '"') {
      quoted += ESCAPES[rest.charAt(0)] ?? rest.charAt(0);
      at += 2;
    } else {
      quoted += rest.startsWith("'") ? "'" : '\\';
      at += rest.startsWith("'") ? 2 : 1;
    }
  }
  throw unbalanced();
}

function unbalanced(): ProtocolError {
  return new ProtocolError('unbalanced quotes in request');
}
