import fc from 'fast-check';

/** Any text that UTF-8 can hold, of so many bytes; more often than by chance of just as many as may be. */
export function anyText(min: number, maxBytes: number): fc.Arbitrary<string> {
  const unit = fc.oneof(
    fc.constantFrom('\u0000', '\n', '\r', '\u007f', '\u0085', '\u2028', '\ufeff', '\ufffd', '\uffff'),
    fc.constantFrom('"', '\\', '/', '*', '?', '[', ']', '^', '{', '}', ':', '$', '.', '%', ' '),
    fc.constantFrom('\u{1F511}', 'e\u0301', '\u00e9', '\u202e', '\u{10ffff}'),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  const cut = (units: string[]) => {
    let text = '';
    for (const each of units) {
      if (Buffer.byteLength(text + each) > maxBytes) break;
      text += each;
    }
    return text;
  };
  const short = fc.array(unit, { maxLength: 12 }).map(cut);
  const full = fc.array(unit, { minLength: maxBytes, maxLength: maxBytes }).map((units) => {
    const text = cut(units);
    return text + 'x'.repeat(maxBytes - Buffer.byteLength(text));
  });
  const names = fc.constantFrom('__proto__', 'constructor', 'toString', '.', '..', '../k', '%00', '\ufeff');
  return fc.oneof(short, full, names, fc.string({ unit: 'binary', maxLength: 8 })).filter((text) => {
    const bytes = Buffer.byteLength(text);
    return bytes >= min && bytes <= maxBytes;
  });
}
