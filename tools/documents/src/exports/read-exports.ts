import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { trackedFiles } from '../tracked-files.js';

/** What a package lets others import from one place. */
export interface PackageEntry {
  /** As an import names it, such as `@hybrid-sync/sync-core/embedded`. */
  readonly specifier: string;
  /** The folder of its workspace, from the repository's root. */
  readonly workspace: string;
  /** Its source, from the repository's root. */
  readonly file: string;
  /** Whether its package is published. */
  readonly published: boolean;
  /** Sorted. */
  readonly values: readonly string[];
  readonly types: readonly string[];
}

const LISTED = /^export (type )?\{([^}]*)\}/gm;
const DECLARED = /^export (?:declare |async |abstract )*(const|function|class|type|interface) (\w+)/gm;

/** Every entry of every workspace, but those that are patterns of files. */
export function readEntries(repository: string): PackageEntry[] {
  return trackedFiles(repository, 'package.json', '*/package.json').flatMap((manifest) => {
    const {
      name,
      private: kept,
      exports = {},
    } = JSON.parse(readFileSync(join(repository, manifest), 'utf8'));
    return Object.entries(exports as Record<string, { 'hybrid-sync-source'?: string }>).flatMap(
      ([place, { 'hybrid-sync-source': source = '*' }]) => {
        if (source.includes('*')) return [];
        const [workspace, specifier] = [dirname(manifest), `${name}${place.slice(1)}`];
        const file = join(workspace, source);
        const names = namesIn(readFileSync(join(repository, file), 'utf8'));
        return [{ specifier, workspace, file, published: kept !== true, ...names }];
      },
    );
  });
}

/** The names that a module exports. @throws for `export *`, whose names nobody can see */
export function namesIn(text: string): Pick<PackageEntry, 'values' | 'types'> {
  if (/^export \*/m.test(text)) throw new Error('"export *" hides what is exported: list the names');
  const listed = [...text.matchAll(LISTED)].flatMap(([, allTypes, names = '']) =>
    namesOf(names).map((name) => ({
      name: given(name),
      type: Boolean(allTypes) || name.startsWith('type '),
    })),
  );
  const declared = [...text.matchAll(DECLARED)].map(([, kind, name = '']) => ({
    name,
    type: kind === 'type' || kind === 'interface',
  }));
  const all = [...listed, ...declared].sort((a, b) => (a.name < b.name ? -1 : 1));
  return {
    values: all.filter(({ type }) => !type).map(({ name }) => name),
    types: all.filter(({ type }) => type).map(({ name }) => name),
  };
}

/** What other workspaces, the examples and the code in the documents import, by the specifier that they import it from. */
export function readImports(repository: string): ReadonlyMap<string, ReadonlySet<string>> {
  const imported = new Map<string, Set<string>>();
  for (const file of trackedFiles(repository, '*.ts', '*.mjs', '*.md')) {
    const text = readFileSync(join(repository, file), 'utf8');
    for (const [, names = '', from = ''] of text.matchAll(
      /\b(?:import|export) (?:type )?\{([^}]*)\} from '(@hybrid-sync\/[^']+)'/g,
    )) {
      const known = imported.get(from) ?? new Set();
      imported.set(from, known);
      for (const name of namesOf(names)) known.add(taken(name));
    }
  }
  return imported;
}

const namesOf = (list: string) =>
  list
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
/** `type A as B` gives B, and takes A. */
const given = (name: string) => name.replace(/^type /, '').replace(/^.* as /, '');
const taken = (name: string) => name.replace(/^type /, '').replace(/ as .*$/, '');
