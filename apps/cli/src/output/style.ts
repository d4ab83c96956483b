import { styleText } from 'node:util';
import type { Output } from '../surroundings.js';

/** How text is set off. On anything but a terminal, or with NO_COLOR, it is left as it is. */
export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  alarm(text: string): string;
}

/** The style for what is written to an output. */
export function styleFor(output: Output): Style {
  const coloured = hasColours(output);
  const styled = (format: Parameters<typeof styleText>[0]) => (text: string) =>
    coloured ? styleText(format, text, { validateStream: false }) : text;
  return { bold: styled('bold'), dim: styled('dim'), alarm: styled('red') };
}

/** Whether an output shows colours: a terminal that can, and nobody has said NO_COLOR. */
export function hasColours(output: Output): boolean {
  if (!output.isTTY) return false;
  return 'hasColors' in output && typeof output.hasColors === 'function'
    ? output.hasColors() === true
    : false;
}
