import type { IncomingHttpHeaders } from 'node:http';
import { InvalidInputError, type Precondition } from '@hybrid-sync/sync-core';

/** One entity tag of a list, up to and with the comma after it. */
const ENTITY_TAG = /\s*(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"\s*(?:,|$)/y;
/** Which of a pair's answers had a tag: JSON, the value alone, and how that was packed. */
const FORM = '(?:-plain)?(?:-(?:br|gzip))?';
const VERSION = new RegExp(`^([1-9]\\d{0,15})${FORM}$`);

/** A version as an entity tag. */
export function entityTag(version: number): string {
  return `"${version}"`;
}

/** The tag of the value alone, as other bytes have another tag (RFC 9110, 8.8.3.3). */
export function plainTag(version: number): string {
  return `"${version}-plain"`;
}

/** The tag of a version in whichever form a caller has it; `header`: its `If-None-Match`. */
export function callersTag(header: string | undefined, version: number): string {
  return header?.match(new RegExp(`"${version}${FORM}"`))?.[0] ?? entityTag(version);
}

/**
 * What `If-Match` or `If-None-Match` ask for; undefined for neither. A tag that is no version matches nothing, and a
 * weak one matches nothing in `If-Match`, as RFC 9110 has it.
 * @throws InvalidInputError naming the header that is malformed, or the second one of two
 */
export function preconditionOf(headers: IncomingHttpHeaders): Precondition | undefined {
  const ifMatch = headers['if-match'];
  const ifNoneMatch = headers['if-none-match'];
  if (ifMatch === undefined) {
    if (ifNoneMatch === undefined) return undefined;
    return { is: 'none-match', versions: versionsIn(ifNoneMatch, 'If-None-Match') };
  }
  if (ifNoneMatch !== undefined) {
    throw new InvalidInputError('If-None-Match', "can't stand beside If-Match");
  }
  return { is: 'match', versions: versionsIn(ifMatch, 'If-Match') };
}

function versionsIn(header: string, name: 'If-Match' | 'If-None-Match'): number[] | 'any' {
  if (header.trim() === '*') return 'any';
  const versions: number[] = [];
  ENTITY_TAG.lastIndex = 0;
  while (ENTITY_TAG.lastIndex < header.length) {
    const [, weak, tag = ''] = ENTITY_TAG.exec(header) ?? malformed(name);
    const counts = weak === undefined || name === 'If-None-Match';
    const version = Number(VERSION.exec(tag)?.[1]);
    if (counts && Number.isSafeInteger(version)) versions.push(version);
  }
  return header === '' ? malformed(name) : versions;
}

function malformed(name: string): never {
  throw new InvalidInputError(name, 'must be * or versions in quotation marks, like "1795438874869653"');
}
