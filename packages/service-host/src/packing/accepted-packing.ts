import Negotiator from 'negotiator';

/** How an answer may be packed, the best first. */
const PACKINGS = ['br', 'gzip'] as const;
/** A content coding that answers are packed in. */
export type Packing = (typeof PACKINGS)[number];

/** The packing that a request accepts and likes best; undefined for none. */
export function acceptedPacking(headers: {
  readonly 'accept-encoding'?: string | string[] | undefined;
}): Packing | undefined {
  if (headers['accept-encoding'] === undefined) return undefined;
  const best = new Negotiator({ headers }).encoding([...PACKINGS, 'identity'], { preferred: PACKINGS });
  return PACKINGS.find((each) => each === best);
}

/**
 * The entity tag of an answer that is packed: what stands for other bytes has another tag (RFC 9110, 8.8.3.3).
 * `etag`: that of the answer as it is, in quotation marks.
 */
export function packedTag(etag: string, packing: Packing): string {
  return etag.replace(/"$/, `-${packing}"`);
}
