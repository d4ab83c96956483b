import Negotiator from 'negotiator';

/** The media type that a request accepts and likes best of `offers`, the first of equals; undefined for none. */
export function acceptedType(
  headers: { readonly accept?: string | undefined },
  offers: readonly string[],
): string | undefined {
  return new Negotiator({ headers: { accept: headers.accept } }).mediaType(offers);
}
