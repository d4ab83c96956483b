/** What bounds the connections of a port. */
export interface PlaceBounds {
  /** Connections at the same time, of all addresses. */
  readonly max: number;
  /** Connections at the same time, of one address. */
  readonly maxPerAddress: number;
}

/** The places that a port has for connections, in all and for each address. */
export class AddressPlaces {
  readonly #bounds: PlaceBounds;
  readonly #perAddress = new Map<string, number>();
  #taken = 0;

  constructor(bounds: PlaceBounds) {
    this.#bounds = bounds;
  }

  /** Takes a place for a connection. Returns what gives it back, to be called once; undefined where none is free. */
  take(address: string): (() => void) | undefined {
    const ofAddress = (this.#perAddress.get(address) ?? 0) + 1;
    if (this.#taken >= this.#bounds.max || ofAddress > this.#bounds.maxPerAddress) return undefined;
    this.#taken++;
    this.#perAddress.set(address, ofAddress);
    return () => {
      this.#taken--;
      const left = (this.#perAddress.get(address) ?? 1) - 1;
      if (left === 0) this.#perAddress.delete(address);
      else this.#perAddress.set(address, left);
    };
  }
}
