/** A line of an input, from 1 on; `bytes` without its line break, undefined where they are more than was asked for. */
export interface InputLine {
  readonly number: number;
  readonly bytes: Buffer | undefined;
}

const LINE_BREAK = 0x0a;

/** The lines of an input, as they come; no more than one line and one part of the input is held at a time. */
export async function* linesOf(
  input: AsyncIterable<Uint8Array | string>,
  mostBytes: number,
): AsyncGenerator<InputLine> {
  let number = 1;
  let parts: Buffer[] = [];
  let held = 0;
  const hold = (part: Buffer) => {
    held += part.length;
    if (held <= mostBytes) parts.push(part);
    else parts = [];
  };
  const taken = (): InputLine => {
    const line = { number: number++, bytes: held <= mostBytes ? Buffer.concat(parts) : undefined };
    [parts, held] = [[], 0];
    return line;
  };
  for await (const each of input) {
    const part =
      typeof each === 'string' ? Buffer.from(each) : Buffer.from(each.buffer, each.byteOffset, each.length);
    let from = 0;
    for (let end = part.indexOf(LINE_BREAK); end !== -1; end = part.indexOf(LINE_BREAK, from)) {
      hold(part.subarray(from, end));
      yield taken();
      from = end + 1;
    }
    hold(part.subarray(from));
  }
  if (held > 0) yield taken();
}
