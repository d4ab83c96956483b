/** What a run has opened, to be closed in the opposite order, whatever fails on the way. */
export class OwnedParts {
  readonly #stops: (() => Promise<void>)[] = [];

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
}
