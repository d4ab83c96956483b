import { readFileSync, statSync } from 'node:fs';
import { LineCounter, parseDocument } from 'yaml';
import { reasonOf } from '../errors.js';
import { ConfigurationError } from '../permanent-errors.js';

/** Largest settings file, in bytes. */
const MAX_FILE_BYTES = 100_000;
/** Deepest section, counted from `app:`. Ours are four deep; an alias that leads to itself would never end. */
const MAX_DEPTH = 20;
/** What a part of a path looks like; another one may be a secret that slipped into a key's place. */
const PATH_PART = /^[\w-]{1,40}$/;
/** Most parts of a path that are shown. */
const MAX_PARTS = 6;

/**
 * A YAML file as one map from dotted path to value.
 * @throws ConfigurationError for a file that can't be read, is too large, too deep, or not YAML as a whole: it says where
 * and why, and quotes nothing of the file, which may hold passwords
 */
export function readYaml(file: string): Map<string, unknown> {
  const flat = new Map<string, unknown>();
  const visit = (node: unknown, path: string, depth: number) => {
    if (depth > MAX_DEPTH)
      throw new ConfigurationError([`${file}: has sections more than ${MAX_DEPTH} deep`]);
    if (node !== null && typeof node === 'object' && !Array.isArray(node)) {
      const within = path === '' ? '' : `${path}.`;
      for (const [key, child] of Object.entries(node)) visit(child, within + key, depth + 1);
    } else if (path !== '') {
      flat.set(path, node);
    } else if (node !== null) {
      throw new ConfigurationError([`${file}: must hold settings under app:, not ${typeof node}`]);
    }
  };
  visit(documentIn(file), '', 0);
  return flat;
}

/** A path of a file fit to be shown: what looks like no name is left out. */
export function shownPath(path: string): string {
  const parts = path.split('.', MAX_PARTS + 1);
  const shown = parts.slice(0, MAX_PARTS).map((part) => (PATH_PART.test(part) ? part : '…'));
  return parts.length > MAX_PARTS ? `${shown.join('.')}.…` : shown.join('.');
}

function documentIn(file: string): unknown {
  const lines = new LineCounter();
  const document = parseDocument(textOf(file), {
    lineCounter: lines,
    // Its own words quote the file, and so do the warnings that it would print.
    prettyErrors: false,
    logLevel: 'silent',
  });
  const [fault] = [...document.errors, ...document.warnings];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    const what = fault.code.toLowerCase().replaceAll('_', ' ');
    throw new ConfigurationError([
      `${file}: is not YAML as settings have it: ${what}, line ${line}, column ${col}`,
    ]);
  }
  try {
    return document.toJS();
  } catch {
    throw new ConfigurationError([`${file}: has an alias without its anchor, or too many of them`]);
  }
}

function textOf(file: string): string {
  try {
    if (statSync(file).size <= MAX_FILE_BYTES) return readFileSync(file, 'utf8');
  } catch (error) {
    throw new ConfigurationError([`${file}: ${reasonOf(error)}`]);
  }
  throw new ConfigurationError([`${file}: is larger than ${MAX_FILE_BYTES} bytes`]);
}
