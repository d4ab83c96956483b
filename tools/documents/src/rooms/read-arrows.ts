import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

/** Which place imports which, by name; places without an arrow are left out. */
export type Arrows = ReadonlyMap<string, ReadonlySet<string>>;

/** What a file imports, as it is written there. Imports that the formatter has laid over several lines count, too. */
const IMPORTED = /^(?:import|export)\b[^;]*?\bfrom '([^']+)';/gm;

/** Arrows between the rooms of a source folder: its folders, without tests and what only they use. */
export function arrowsOfRooms(source: string): Arrows {
  return collect(filesBelow(source), (file, imported) => {
    if (!imported.startsWith('.')) return undefined;
    const from = relative(source, file).split('/');
    const to = relative(source, normalize(join(dirname(file), imported))).split('/');
    return from.length > 1 && to.length > 1 ? [from[0] ?? '', to[0] ?? ''] : undefined;
  });
}

/** Arrows between the workspaces of a repository, as `apps/api` ─▶ `packages/sync-core`. */
export function arrowsOfWorkspaces(repository: string, folders: readonly string[]): Arrows {
  const workspaces = folders.flatMap((folder) =>
    readdirSync(join(repository, folder), { withFileTypes: true })
      .map(({ name }) => `${folder}/${name}`)
      .filter((workspace) => existsSync(join(repository, workspace, 'src'))),
  );
  const files = workspaces.flatMap((workspace) => filesBelow(join(repository, workspace, 'src')));
  return collect(files, (file, imported) => {
    const from = relative(repository, file).split('/').slice(0, 2).join('/');
    const to = workspaces.find((workspace) =>
      `${imported}/`.startsWith(`@hybrid-sync/${workspace.split('/')[1]}/`),
    );
    return to === undefined ? undefined : [from, to];
  });
}

function collect(
  files: readonly string[],
  arrow: (file: string, imported: string) => [from: string, to: string] | undefined,
): Arrows {
  const arrows = new Map<string, Set<string>>();
  for (const file of files) {
    for (const [, imported = ''] of readFileSync(file, 'utf8').matchAll(IMPORTED)) {
      const [from, to] = arrow(file, imported) ?? [];
      if (from === undefined || to === undefined || from === to) continue;
      arrows.set(from, (arrows.get(from) ?? new Set()).add(to));
    }
  }
  return arrows;
}

/** Source files, without tests and what only they use. */
function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts') && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((file) => !/\/(testing|promises)\//.test(file))
    .sort();
}
