/** The commands of a piece of shell, one each, without comments: lines in quotes, or that end with `\`, belong together. */
export function shellCommands(text: string): string[] {
  const commands: string[] = [];
  let command = '';
  let quote: string | undefined;
  for (const line of text.split('\n')) {
    let kept = '';
    for (const [at, character] of [...line].entries()) {
      if (quote === undefined && character === '#' && /^$|\s$/.test(kept)) break;
      if (character === quote) quote = undefined;
      else if (quote === undefined && /['"]/.test(character) && line[at - 1] !== '\\') quote = character;
      kept += character;
    }
    command += quote === undefined ? kept.trimEnd() : `${kept}\n`;
    if (quote !== undefined) continue;
    if (command.endsWith('\\')) command = command.slice(0, -1);
    else {
      if (command.trim() !== '') commands.push(command.trim());
      command = '';
    }
  }
  return commands;
}
