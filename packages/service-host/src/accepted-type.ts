import Negotiator from 'negotiator';

/** A parameter of a media range; the quality is none. */
const PARAMETER = /;\s*(?!q\s*=)[^;,="\s]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^;,"]*))?/gi;

/**
 * The media type that a request accepts and likes best of `offers`, the first of equals; undefined for none. Parameters
 * of what it accepts, like a charset, choose nothing, as no two offers differ in them alone. An empty header is none.
 */
export function acceptedType(
  headers: { readonly accept?: string | undefined },
  offers: readonly string[],
): string | undefined {
  const accept = headers.accept?.replace(PARAMETER, '').trim() || undefined;
  return new Negotiator({ headers: { accept } }).mediaType(offers);
}
