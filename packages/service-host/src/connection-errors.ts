import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { problem, type RefusalCode } from './problem-details.js';

/** Answers what never became a request: one that did not arrive in time, too long headers, no HTTP at all. */
export function answerConnectionError(
  error: Error & { code?: string },
  socket: Socket,
  headers: Readonly<Record<string, string>>,
): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const { code, detail } = problemOf(error.code);
  const problemDetails = problem(code, detail);
  const body = JSON.stringify(problemDetails);
  const head = {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    connection: 'close',
    ...headers,
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}`);
  const { status } = problemDetails;
  const answer = `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('\r\n')}\r\n\r\n${body}`;
  // Ended only, the connection would last until the other side ends it, too.
  socket.end(answer, () => socket.destroy());
}

function problemOf(code: string | undefined): { code: RefusalCode; detail: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'REQUEST_TIMEOUT', detail: 'the whole request must arrive within REQUEST_TIMEOUT_MS' };
    case 'HPE_HEADER_OVERFLOW':
      return { code: 'HEADERS_TOO_LARGE', detail: 'path and headers together are too long' };
    default:
      return { code: 'INVALID_REQUEST', detail: 'what was sent is not HTTP' };
  }
}
