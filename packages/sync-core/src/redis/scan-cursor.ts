import { randomInt } from 'node:crypto';
import { InvalidInputError } from '../errors.js';
import { HASH_SLOTS, joined, type SlotRange } from './hash-slots.js';

/** Which keys a scan names. */
export interface KeyFilter {
  /** A glob pattern. */
  readonly match: string;
  /** About how many keys Redis looks at for a page. */
  readonly count: number;
  /** Only those of this type; of all types unless given. */
  readonly type?: string;
}

/** A filter as SCAN takes it. */
export function scanArguments({ match, count, type }: KeyFilter) {
  return ['MATCH', match, 'COUNT', count, ...(type === undefined ? [] : ['TYPE', type])] as [
    'MATCH',
    string,
    'COUNT',
    number,
    'TYPE',
    string,
  ];
}

/** A cursor at some place of one Redis. */
export function randomCursor(): string {
  return String(randomInt(2 ** 47));
}

/** A cursor that no such Redis gave. */
export function noCursor(): InvalidInputError {
  return new InvalidInputError('cursor', 'must be one that a call like this answered, of the same Redis');
}

/** How far a scan over a cluster has come. */
export interface ClusterPosition {
  /** Hash slots whose keys were all named, in their order and apart from each other. */
  readonly done: readonly SlotRange[];
  /** Hash slots of which only those keys were named that had not been moved yet; some may be done since. */
  readonly left: readonly SlotRange[];
  /** The master that is being scanned; undefined between two of them. */
  readonly part?: {
    /** Id of the node. */
    readonly node: string;
    /** What must stay as it was when this part began, see {@link ScannedNode.mark}. */
    readonly mark: string;
    /** SCAN's own cursor there. */
    readonly cursor: string;
  };
}

const RANGES = /^(?:\d{1,5}-\d{1,5}(?:,(?!$)|$))*$/;
/** A bit for each hash slot, behind a letter that no range begins with. */
const BITS = /^b([\w-]{2731})$/;
const FORM = /^c(?:([0-9a-f]{1,40})\.([0-9a-f]{16})\.(\d{1,20}))?\.([\w,-]*)(?:\.([\w,-]+))?$/;

/** A position as a cursor. */
export function cursorOf({ done, left, part }: ClusterPosition): string {
  const at = part === undefined ? '' : `${part.node}.${part.mark}.${part.cursor}`;
  return [`c${at}`, textOf(done), ...(left.length === 0 ? [] : [textOf(left)])].join('.');
}

/** Of hash slots that lie far apart a bit for each is shorter than their ranges, and bounds the cursor. */
function textOf(ranges: readonly SlotRange[]): string {
  const listed = ranges.map(([from, to]) => `${from}-${to}`).join(',');
  if (listed.length <= HASH_SLOTS / 6) return listed;
  const bits = Buffer.alloc(HASH_SLOTS / 8);
  for (const [from, to] of ranges)
    for (let slot = from; slot <= to; slot++) bits[slot >> 3] = (bits[slot >> 3] ?? 0) | (1 << (slot & 7));
  return `b${bits.toString('base64url')}`;
}

/** Reads what {@link cursorOf} wrote; `0` is the beginning. @throws InvalidInputError */
export function positionOf(cursor: string): ClusterPosition {
  if (cursor === '0') return { done: [], left: [] };
  const [whole, node, mark, at, done = '', left = ''] = FORM.exec(cursor) ?? [];
  if (whole === undefined) throw noCursor();
  const part =
    node === undefined || mark === undefined || at === undefined ? undefined : { node, mark, cursor: at };
  return { done: rangesIn(done), left: rangesIn(left), ...(part && { part }) };
}

function rangesIn(text: string): SlotRange[] {
  const [, bits] = BITS.exec(text) ?? [];
  if (bits !== undefined) return rangesOf(Buffer.from(bits, 'base64url'));
  if (!RANGES.test(text)) throw noCursor();
  const ranges = text
    .split(',')
    .filter(Boolean)
    .map((range): SlotRange => {
      const [from = 0, to = 0] = range.split('-').map(Number);
      return [from, to];
    });
  if (ranges.some(([from, to]) => from > to || to >= HASH_SLOTS)) throw noCursor();
  return joined(ranges);
}

function rangesOf(bits: Buffer): SlotRange[] {
  const slots = Array.from({ length: HASH_SLOTS }, (_, slot) => slot);
  return joined(
    slots.filter((slot) => (bits[slot >> 3] ?? 0) & (1 << (slot & 7))).map((slot) => [slot, slot]),
  );
}
