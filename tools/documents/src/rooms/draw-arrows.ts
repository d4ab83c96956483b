import type { Arrows } from './read-arrows.js';

/**
 * The arrows as a Mermaid flowchart. An arrow that a longer way says as well is left out: with `a ─▶ b ─▶ c` drawn,
 * `a ─▶ c` adds nothing to the order that the rooms stand in.
 */
export function drawArrows(arrows: Arrows): string {
  const names = [...new Set([...arrows.keys(), ...[...arrows.values()].flatMap((to) => [...to])])].sort();
  const lines = names.flatMap((from) =>
    [...(arrows.get(from) ?? [])]
      .filter((to) => !isReachedOtherwise(arrows, from, to))
      .sort()
      .map((to) => `    ${id(from)}["${from}"] --> ${id(to)}["${to}"]`),
  );
  return ['```mermaid', 'flowchart TD', ...lines, '```'].join('\n');
}

function isReachedOtherwise(arrows: Arrows, from: string, to: string): boolean {
  const seen = new Set<string>([to]);
  const waiting = [...(arrows.get(from) ?? [])].filter((next) => next !== to);
  for (const place of waiting) {
    if (seen.has(place)) continue;
    seen.add(place);
    const next = arrows.get(place);
    if (next?.has(to)) return true;
    waiting.push(...(next ?? []));
  }
  return false;
}

function id(name: string): string {
  return name.replaceAll(/[^a-z]/g, '_');
}
