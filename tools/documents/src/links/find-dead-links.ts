import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { trackedFiles } from '../tracked-files.js';

/** A link in a document of this repository that leads nowhere. */
export interface DeadLink {
  /** Path of the document, from the repository's root. */
  readonly document: string;
  readonly link: string;
}

const LINK = /\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g;
const HEADING = /^#{1,6} (.+)$/gm;
const FENCED = /^```[\s\S]*?^```$/gm;

/** Every link between files of the repository, and to headings in them, that leads nowhere. */
export function findDeadLinks(repository: string): DeadLink[] {
  return trackedFiles(repository, '*.md').flatMap((document) =>
    linksIn(readFileSync(join(repository, document), 'utf8'))
      .filter((link) => !leadsSomewhere(repository, document, link))
      .map((link) => ({ document, link })),
  );
}

/** Links to files and headings; those to other hosts are not looked at. */
export function linksIn(text: string): string[] {
  return [...text.replaceAll(FENCED, '').matchAll(LINK)]
    .map(([, markdown, html]) => markdown ?? html ?? '')
    .filter((link) => !/^[a-z]+:/.test(link));
}

/** The anchors of a document's headings, as GitHub makes them. */
export function anchorsOf(text: string): string[] {
  return [...text.replaceAll(FENCED, '').matchAll(HEADING)].map(([, heading = '']) =>
    heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

function leadsSomewhere(repository: string, document: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? document : normalize(join(dirname(document), path));
  const file = join(repository, target);
  if (!existsSync(file)) return false;
  if (anchor === undefined || !target.endsWith('.md') || !statSync(file).isFile()) return true;
  return anchorsOf(readFileSync(file, 'utf8')).includes(anchor);
}
