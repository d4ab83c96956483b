/** A document with a text between two marks that it has. @throws Error where it lacks them; `name`: the document's, for that */
export function putBetween(
  document: string,
  name: string,
  [begin, end]: readonly [string, string],
  text: string,
): string {
  const [from, to] = [document.indexOf(begin), document.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`docs/${name} has no place "${begin}" … "${end}"`);
  return `${document.slice(0, from + begin.length)}\n${text}\n${document.slice(to)}`;
}
