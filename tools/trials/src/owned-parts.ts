/**
 * What a run has opened, to be closed in the opposite order, whatever fails on the way: at the end of the block that has it
 * in `await using`.
 */
export class OwnedParts implements AsyncDisposable {
  readonly #stops: (() => Promise<void>)[] = [];

  /** Notes that a part is stopped. @returns the part */
  own<Part extends { stop(): unknown }>(part: Part): Part {
    this.add(async () => void (await part.stop()));
    return part;
  }

  /** Notes how a part is stopped. */
  add(stop: () => Promise<void>): void {
    this.#stops.push(stop);
  }

  /** Stops all parts, the last one first. @throws the first failure, after all were tried */
  async stop(): Promise<void> {
    const failures: unknown[] = [];
    for (const stop of this.#stops.splice(0).toReversed()) {
      try {
        await stop();
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }
}
