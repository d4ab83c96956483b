/** Writes to an api until it is told to stop. */
export class WriteLoad {
  readonly #url: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #writers: Promise<void>[];
  #stopped = false;
  #written = 0;

  /** `writers`: writes under way at the same time. `pauseMs`: what each of them waits between two. */
  constructor(url: string, writers: number, pauseMs: number, headers: Record<string, string> = {}) {
    this.#url = url;
    this.#headers = headers;
    this.#writers = Array.from({ length: writers }, (_, index) => this.#write(index, pauseMs));
  }

  /** Writes that were answered. */
  get written(): number {
    return this.#written;
  }

  /** Resolves when the writes under way are answered. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#writers);
  }

  async #write(writer: number, pauseMs: number): Promise<void> {
    for (let number = 0; !this.#stopped; number++) {
      const answer = await fetch(`${this.#url}/kv/load-${writer}-${number % 50}`, {
        method: 'PUT',
        headers: { 'content-type': 'application/json', ...this.#headers },
        body: JSON.stringify({ value: `value ${number}` }),
      }).catch(() => undefined);
      if (answer?.ok) this.#written++;
      await answer?.arrayBuffer();
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}
