import { type PastColumn, pastQueries, RANGES, type Range } from './past-queries.js';
import { askPrometheus, PrometheusError } from './prometheus.js';

/** A failure is remembered for so long, in milliseconds: many may ask, and ask again. */
const FAILURE_MS = 2000;
/** Longest time for all questions of a range, in milliseconds: a page waits no longer than twice as long. */
const DEADLINE_MS = 5000;
/** Questions that are asked of Prometheus at the same time. */
const AT_ONCE = 4;

/** What was further back, of all pods together. */
export type PastAnswer =
  | {
      readonly known: true;
      /** When each point was, in milliseconds since 1970, and what was then; null where that is not known. */
      readonly samples: Readonly<Record<'at' | PastColumn, readonly (number | null)[]>>;
    }
  /** In words, with what to do. */
  | { readonly known: false; readonly reason: string };

/** Where Prometheus is, and which of its series are this deployment's. */
export interface PrometheusPlace {
  /** Undefined where there is none. */
  readonly url: string | undefined;
  /** Label matchers; undefined for all series. */
  readonly selector: string | undefined;
}

/** The past as Prometheus has it. It is asked once for each new point of a range, however many look. */
export class Past {
  readonly #place: PrometheusPlace;
  readonly #answers = new Map<Range, { readonly answer: Promise<PastAnswer>; until: number }>();

  constructor(place: PrometheusPlace) {
    this.#place = place;
  }

  /** What was in this range until now. `now`: in milliseconds since 1970. */
  of(range: Range, now: number = Date.now()): Promise<PastAnswer> {
    const { url, selector = '' } = this.#place;
    if (url === undefined) {
      const reason =
        'A pod remembers 15 minutes. What was before is shown where PROMETHEUS_URL (app.prometheus.url) says where Prometheus is.';
      return Promise.resolve({ known: false, reason });
    }
    const kept = this.#answers.get(range);
    if (kept !== undefined && now < kept.until) return kept.answer;
    const stepMs = RANGES[range].stepSec * 1000;
    const end = Math.floor(now / stepMs) * stepMs;
    const answer = pastAnswer(url, selector, range, end / 1000);
    const entry = { answer, until: end + stepMs };
    this.#answers.set(range, entry);
    void answer.then(({ known }) => {
      if (!known) entry.until = now + FAILURE_MS;
    });
    return answer;
  }
}

async function pastAnswer(url: string, selector: string, range: Range, endSec: number): Promise<PastAnswer> {
  const { spanSec, stepSec } = RANGES[range];
  const grid = { startSec: endSec - spanSec, endSec, stepSec };
  const queries = Object.entries(pastQueries(range, selector)) as [PastColumn, string][];
  const at = Array.from(
    { length: spanSec / stepSec + 1 },
    (_, index) => (grid.startSec + index * stepSec) * 1000,
  );
  const samples: Partial<Record<'at' | PastColumn, readonly (number | null)[]>> = { at };
  const until = performance.now() + DEADLINE_MS;
  const ask = async () => {
    for (let next = queries.shift(); next !== undefined; next = queries.shift()) {
      samples[next[0]] = await askPrometheus(
        url,
        next[1],
        grid,
        Math.max(1, Math.ceil(until - performance.now())),
      );
    }
  };
  try {
    await Promise.all(Array.from({ length: AT_ONCE }, ask));
    return { known: true, samples: samples as Required<typeof samples> };
  } catch (error) {
    if (error instanceof PrometheusError) return { known: false, reason: error.message };
    throw error;
  }
}
