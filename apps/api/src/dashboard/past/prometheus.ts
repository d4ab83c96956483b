import { withoutCredentials } from '@hybrid-sync/sync-core';
import { z } from 'zod';

/** Longest answer that is read, in bytes: a series of some hundred points has twenty thousand. */
const MAX_BYTES = 1_000_000;

/** An answer of `query_range`, as far as it is used. */
const matrix = z.object({
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ values: z.array(z.tuple([z.number(), z.string()])) })),
  }),
});

/** Prometheus did not say what was asked; its message says why, and holds no secret. */
export class PrometheusError extends Error {}

/** From when to when, and how finely, in seconds. */
export interface Grid {
  readonly startSec: number;
  readonly endSec: number;
  readonly stepSec: number;
}

/**
 * Asks Prometheus for one series over a time.
 * `deadlineMs`: within which it has to answer.
 * @returns a value for each point of the grid, null where there is none
 * @throws PrometheusError where it does not answer in time, too much, or something else
 */
export async function askPrometheus(
  url: string,
  query: string,
  { startSec, endSec, stepSec }: Grid,
  deadlineMs: number,
): Promise<(number | null)[]> {
  const { result } = matrixOf(await textOf(url, query, { startSec, endSec, stepSec }, deadlineMs), url).data;
  const points = new Array<number | null>(Math.round((endSec - startSec) / stepSec) + 1).fill(null);
  for (const [at, text] of result[0]?.values ?? []) {
    const index = Math.round((at - startSec) / stepSec);
    const value = Number(text);
    // Of nothing, a quantile and a share are not a number.
    if (index in points && Number.isFinite(value)) points[index] = Math.round(value * 100) / 100;
  }
  return points;
}

function matrixOf(text: string, url: string): z.output<typeof matrix> {
  try {
    return matrix.parse(JSON.parse(text));
  } catch (cause) {
    throw new PrometheusError(
      `What answers at ${withoutCredentials(url)} does not answer as Prometheus does.`,
      { cause },
    );
  }
}

async function textOf(
  url: string,
  query: string,
  { startSec, endSec, stepSec }: Grid,
  deadlineMs: number,
): Promise<string> {
  const place = new URL(`${url.replace(/\/$/, '')}/api/v1/query_range`);
  const { username, password } = place;
  // fetch takes no URL with credentials.
  place.username = '';
  place.password = '';
  const secret = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`).toString(
    'base64',
  );
  place.search = new URLSearchParams({
    query,
    start: String(startSec),
    end: String(endSec),
    step: String(stepSec),
    timeout: `${deadlineMs}ms`,
  }).toString();
  let response: Response;
  try {
    response = await fetch(place, {
      redirect: 'error',
      signal: AbortSignal.timeout(deadlineMs),
      headers: username === '' ? {} : { authorization: `Basic ${secret}` },
    });
    if (response.ok) return await boundedText(response, url);
    await response.body?.cancel();
  } catch (cause) {
    if (cause instanceof PrometheusError) throw cause;
    const late = cause instanceof Error && cause.name === 'TimeoutError';
    const what = late ? 'did not answer in time' : 'can not be reached';
    throw new PrometheusError(`Prometheus at ${withoutCredentials(url)} ${what}.`, { cause });
  }
  throw new PrometheusError(
    `Prometheus at ${withoutCredentials(url)} refused the question (HTTP ${response.status}).`,
  );
}

async function boundedText(response: Response, url: string): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body ?? []) {
    bytes += part.byteLength;
    if (bytes > MAX_BYTES)
      throw new PrometheusError(
        `Prometheus at ${withoutCredentials(url)} answered more than ${MAX_BYTES} bytes.`,
      );
    parts.push(part);
  }
  return Buffer.concat(parts).toString();
}
