import { formatAgo, formatCount, formatRate } from './format.js';
import { capital, isOrAre, PARTS } from './parts.js';
import {
  type HistoryAnswer,
  type KnownPod,
  latest,
  MOST_COUNTED,
  NOW_SEC,
  recent,
  writesPerSecond,
} from './pod-histories.js';
import type { PollState } from './poller.js';
import { drainsOf, type Severity } from './readiness.js';

/** What the page says of the whole, and why. */
export interface Verdict {
  readonly severity: Severity;
  readonly headline: string;
  /** What there is to know, the worst first. */
  readonly reasons: readonly string[];
}

interface Finding {
  readonly severity: 'warning' | 'bad';
  readonly headline: string;
  readonly reason: string;
}

/** What is said before the first answer; the page has it from the beginning, so that it moves nothing. */
const ASKING = 'Whether writes and drains succeed is in its answer.';

/** Judges what is known. */
export function verdictOf(state: PollState, pod: KnownPod | undefined, now: number): Verdict {
  if (state.kind === 'locked')
    return { severity: 'warning', headline: 'A token is needed', reasons: [state.reason] };
  if (state.kind === 'failing') {
    const ago = pod === undefined ? '' : ` What is shown is from ${formatAgo(now - pod.heardAt)}.`;
    return { severity: 'bad', headline: 'No answer from the api', reasons: [`${state.reason}${ago}`] };
  }
  if (pod === undefined) return { severity: 'unknown', headline: 'Asking the api…', reasons: [ASKING] };
  const findings = findingsOf(pod, now);
  const worst = findings.find(({ severity }) => severity === 'bad') ?? findings[0];
  if (worst === undefined) return { severity: 'good', headline: 'All is well', reasons: [inShort(pod)] };
  return {
    severity: worst.severity,
    headline: worst.headline,
    reasons: [worst, ...findings.filter((each) => each !== worst)].map(({ reason }) => reason),
  };
}

function inShort({ columns }: KnownPod): string {
  const rate = writesPerSecond(columns, NOW_SEC);
  return rate === null || rate === 0
    ? 'Writes and drains succeed. Nothing is written on this pod just now.'
    : `Writes and drains succeed; this pod takes ${formatRate(rate)} writes a second.`;
}

function findingsOf({ answer, columns }: KnownPod, now: number): Finding[] {
  return [
    ...troubleFindings(answer),
    ...storeFindings(answer),
    ...projectorFindings(answer, now),
    ...refusedFindings(recent(columns, 'refused', NOW_SEC)),
    ...pauseFindings(answer),
    ...breakerFindings(answer),
    ...loadFindings(answer),
    ...deadLetterFindings(latest(columns, 'deadLetters')),
    ...checkFindings(answer),
  ];
}

const TROUBLES: Readonly<Record<string, string>> = {
  WRITES_FAIL: 'No write succeeds',
  DRAINS_FAIL: 'A projector can not drain',
  REDIS_UNREACHABLE: 'Redis can not be used',
  MONGODB_UNREACHABLE: 'MongoDB was not reached yet',
  NOT_DRAINED: 'A slot waits, and no projector takes it',
  QUEUE_PAUSED: 'A queue is paused',
};

/** What the api itself says is in the way, in its own words. */
function troubleFindings({ load, paused }: HistoryAnswer): Finding[] {
  // That a slot waits is what pausing the projectors comes to.
  const meant = paused.some(({ part }) => part === 'projector')
    ? ['PART_PAUSED', 'NOT_DRAINED']
    : ['PART_PAUSED'];
  return load.troubles
    .filter(({ name }) => !meant.includes(name))
    .map(({ name, severity, message }) => ({
      severity,
      headline: TROUBLES[name] ?? 'The pod is not ready',
      reason: message,
    }));
}

function projectorFindings(answer: HistoryAnswer, now: number): Finding[] {
  return when(answer.projectors === 0 && drainsOf(answer, now).severity === 'bad', {
    severity: 'bad',
    headline: 'No projector runs',
    reason:
      'Events and overdue journal entries wait until one does. None is lost; start one, or see why those that should run do not.',
  });
}

function pauseFindings({ paused }: HistoryAnswer): Finding[] {
  return paused.map(({ part }) => ({
    severity: 'warning',
    headline: `${capital(PARTS[part].name)} ${isOrAre(part)} paused`,
    reason: PARTS[part].meanwhile,
  }));
}

function storeFindings({ stores }: HistoryAnswer): Finding[] {
  return [
    ...when(!stores.cache.answers, {
      severity: 'bad',
      headline: 'Redis does not answer',
      reason: 'Redis holds the cache and the journal: until it is back, writes are refused.',
    }),
    ...when(!stores.mongodb.answers, {
      severity: 'bad',
      headline: 'MongoDB does not answer',
      reason:
        "Writes succeed and wait in Redis' journal (JOURNALED); none is lost. The projector applies them once MongoDB is back.",
    }),
  ];
}

function refusedFindings(rate: number | null): Finding[] {
  return when(rate !== null && rate > 0, {
    severity: 'bad',
    headline: 'Writes are refused',
    reason: `${formatRate(rate)} writes a second are refused with nothing changed: the journal is full, or Redis is away.`,
  });
}

const AGAIN = {
  closed: '',
  open: 'until a probe succeeds. See whether MongoDB answers, and how quickly.',
  'half-open': 'until the probe that is under way succeeds.',
};

function breakerFindings({ circuitBreakers }: HistoryAnswer): Finding[] {
  const { fast, outbox } = circuitBreakers;
  return [
    ...when(fast.state !== 'closed', {
      severity: 'warning',
      headline: fast.state === 'open' ? 'The fast path is cut off' : 'The fast path is being tried again',
      reason: `The fast path's circuit breaker is ${fast.state} after failed or slow batches: writes skip it ${AGAIN[fast.state]}`,
    }),
    ...when(outbox.state !== 'closed', {
      severity: 'warning',
      headline: outbox.state === 'open' ? 'The outbox is cut off' : 'The outbox is being tried again',
      reason: `The outbox's circuit breaker is ${outbox.state} after failed or slow batches: writes wait in the journal ${AGAIN[outbox.state]}`,
    }),
  ];
}

function loadFindings({ load }: HistoryAnswer): Finding[] {
  return when(load.isHighLoad, {
    severity: 'warning',
    headline: 'High load',
    reason: load.recommendation,
  });
}

function deadLetterFindings(dead: number | null): Finding[] {
  return when(dead !== null && dead > 0, {
    severity: 'warning',
    headline: 'There are dead letters',
    reason: `${given(dead)} given up: the shadows stay behind until someone requeues or discards them.`,
  });
}

function checkFindings({ lastCheck }: HistoryAnswer): Finding[] {
  return when(lastCheck?.health === 'ISSUES_DETECTED', {
    severity: 'warning',
    headline: 'Cache and shadows differ',
    reason: `The last scheduled check found ${differing(lastCheck?.differing ?? null)}: Repair, in the view Mend, mends that.`,
  });
}

function given(dead: number | null): string {
  return dead === 1 ? '1 event was' : `${formatCount(dead, MOST_COUNTED)} events were`;
}

function differing(keys: number | null): string {
  return keys === 1 ? '1 key that differs' : `${formatCount(keys)} keys that differ`;
}

function when(holds: boolean, finding: Finding): Finding[] {
  return holds ? [finding] : [];
}
