/** What a connection makes others wait for, at the moment of a look. */
export interface ClientStanding {
  /** Bytes of answers that its client has taken since it came, and those that it has not. */
  readonly takenBytes: number;
  readonly untakenBytes: number;
  /** Whether it is in the middle of a request whose rest would be read. */
  readonly lacksRest: boolean;
  /** Whether it has all its answers. */
  readonly isAnswered: boolean;
  /** Since when it has not said who it is; undefined once it has. On the clock of `performance`, as all times here. */
  readonly strangerSince: number | undefined;
}

/** How long a client may make others wait, in milliseconds. */
export interface PatienceTerms {
  /** For an answer to be taken, for the rest of a request, and for who it is; each. */
  readonly patienceMs: number;
  /** For its next request; 0 for ever. */
  readonly idleMs: number;
}

/** How long one client makes others wait; looked at from time to time. */
export class ClientPatience {
  #sentAt = performance.now();
  #partSince: number | undefined;
  #untaken: { readonly taken: number; readonly since: number } | undefined;

  /** The client sent something. */
  sent(): void {
    this.#sentAt = performance.now();
  }

  /** A request of it was whole. */
  whole(): void {
    this.#partSince = undefined;
  }

  /** Whether it has made others wait for too long. */
  isOver(now: number, { patienceMs, idleMs }: PatienceTerms, standing: ClientStanding): boolean {
    const { takenBytes: taken, untakenBytes, lacksRest, isAnswered, strangerSince } = standing;
    if (idleMs > 0 && isAnswered && now - this.#sentAt > idleMs) return true;
    if (strangerSince !== undefined && now - strangerSince > patienceMs) return true;
    if (untakenBytes === 0) this.#untaken = undefined;
    else if (this.#untaken?.taken !== taken) this.#untaken = { taken, since: now };
    if (this.#untaken !== undefined && now - this.#untaken.since > patienceMs) return true;
    this.#partSince = lacksRest ? (this.#partSince ?? this.#sentAt) : undefined;
    return this.#partSince !== undefined && now - this.#partSince > patienceMs;
  }
}
