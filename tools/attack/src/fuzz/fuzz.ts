import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { OpenAPIV3_1 } from 'openapi-types';
import { Pool } from 'undici';
import { answerJudge, type FuzzedAnswer } from './answer-judge.js';
import { type FuzzedRequest, fuzzedRequests } from './fuzzed-request.js';

/** Requests under way at the same time. */
const AT_ONCE = 8;
/** How long an answer may take, in milliseconds. */
const ANSWER_MS = 30_000;
/** Faults that are kept. */
const MOST_FAULTS = 20;
/** Requests that are made up at a time. */
const BATCH = 200;

/** What is fuzzed, and how long. */
export interface FuzzOptions {
  /** Of the api. */
  readonly url: string;
  readonly token: string;
  readonly requests: number;
  /** The same seed makes up the same requests. */
  readonly seed: number;
  /** After which no more are sent, in seconds. */
  readonly seconds: number;
  readonly signal: AbortSignal;
  /** Told of how many were answered. */
  readonly onProgress?: (answered: number) => void;
}

/** What came of it. */
export interface FuzzReport {
  readonly seed: number;
  readonly answered: number;
  readonly byStatus: Readonly<Record<string, number>>;
  /** Operations that were asked for. */
  readonly operations: number;
  /** Answers of 5xx, answers that the document does not have, and requests without an answer; the first of them. */
  readonly faults: readonly string[];
}

/**
 * Sends requests that are made up by the OpenAPI document, and holds each answer against it.
 * @throws what the signal was aborted for
 */
export async function fuzz(options: FuzzOptions): Promise<FuzzReport> {
  const { url, token, requests, seed, seconds, signal, onProgress } = options;
  const document = (await (
    await fetch(new URL('/openapi.json', url), { signal })
  ).json()) as OpenAPIV3_1.Document;
  const judge = answerJudge(document);
  const arbitrary = fuzzedRequests(document);
  const pool = new Pool(url, { connections: AT_ONCE });
  const byStatus: Record<string, number> = {};
  const operations = new Set<string>();
  const faults: string[] = [];
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  const one = async (request: FuzzedRequest) => {
    const told = await ask(pool, request, token).catch((error: Error) => error.message);
    const fault = typeof told === 'string' ? `no answer: ${told}` : judge(request.operationId, told);
    if (fault !== undefined && faults.length < MOST_FAULTS) faults.push(`${lineOf(request)}: ${fault}`);
    if (typeof told === 'string') return;
    answered++;
    operations.add(request.operationId);
    byStatus[told.status] = (byStatus[told.status] ?? 0) + 1;
  };
  try {
    for (let batch = 0; batch * BATCH < requests && performance.now() < until; batch++) {
      const numRuns = Math.min(BATCH, requests - batch * BATCH);
      const made = fc.sample(arbitrary, { numRuns, seed: seed + batch });
      await Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          for (let next = made.pop(); next !== undefined && performance.now() < until; next = made.pop()) {
            signal.throwIfAborted();
            await one(next);
          }
        }),
      );
      onProgress?.(answered);
    }
  } finally {
    await pool.close();
  }
  return { seed, answered, byStatus, operations: operations.size, faults };
}

async function ask(pool: Pool, request: FuzzedRequest, token: string): Promise<FuzzedAnswer> {
  const { statusCode, headers, body } = await pool.request({
    method: request.method as 'GET',
    path: request.path,
    headers: { ...request.headers, authorization: `Bearer ${token}` },
    ...(request.body === undefined ? {} : { body: request.body }),
    headersTimeout: ANSWER_MS,
    bodyTimeout: ANSWER_MS,
  });
  const bytes = Buffer.from(await body.arrayBuffer());
  const packing = headers['content-encoding'];
  const plain =
    packing === 'br' ? brotliDecompressSync(bytes) : packing === 'gzip' ? gunzipSync(bytes) : bytes;
  return { status: statusCode, type: String(headers['content-type'] ?? ''), text: plain.toString('utf8') };
}

function lineOf({ method, path, headers, body }: FuzzedRequest): string {
  const sent = body === undefined ? '' : ` ${JSON.stringify(body.toString('latin1'))}`;
  return `${method} ${path} ${JSON.stringify(headers)}${sent}`;
}
