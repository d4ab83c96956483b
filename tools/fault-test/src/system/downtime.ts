/** What may be down: a pod by its number, Redis, MongoDB. Projectors are not on a write's way. */
export type Subject = 'api-0' | 'api-1' | 'redis' | 'mongodb';

/** When something was down. Times are on the run's clock, in milliseconds. */
export interface Downtime {
  readonly subject: Subject;
  /** Why, as the name of a fault. */
  readonly why: string;
  readonly from: number;
  /** Infinity while it is not back. */
  until: number;
}

/** When what was down, as the test itself brought it about. */
export class DowntimeLog {
  readonly #now: () => number;
  readonly #all: Downtime[] = [];

  /** @param now the run's clock, in milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** Notes that something is down from now on; call the result when it is back. */
  begin(subject: Subject, why: string): () => void {
    const downtime: Downtime = { subject, why, from: this.#now(), until: Number.POSITIVE_INFINITY };
    this.#all.push(downtime);
    return () => {
      downtime.until = this.#now();
    };
  }

  /** All downtimes for this reason. */
  of(why: string): readonly Readonly<Downtime>[] {
    return this.#all.filter((each) => each.why === why);
  }

  /** Whether one of these was down at some moment between two times. */
  overlaps(subjects: readonly Subject[], from: number, until: number): boolean {
    return this.#all.some(
      (each) => subjects.includes(each.subject) && each.from <= until && each.until >= from,
    );
  }

  /** The downtime that was over last before a moment, whatever was down. */
  lastBefore(at: number): Readonly<Downtime> | undefined {
    const over = this.#all.filter(({ until }) => until <= at);
    return over.sort((one, other) => one.until - other.until).at(-1);
  }
}
