// What is used of the package, which brings no types.
declare module 'negotiator' {
  export default class Negotiator {
    constructor(request: { readonly headers: Readonly<Record<string, string | string[] | undefined>> });
    /** The best of `available`; at the same quality the first of `preferred`. */
    encoding(
      available: readonly string[],
      options?: { readonly preferred?: readonly string[] },
    ): string | undefined;
    /** The best of `available`. */
    mediaType(available: readonly string[]): string | undefined;
  }
}
