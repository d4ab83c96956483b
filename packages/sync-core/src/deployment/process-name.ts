import { randomBytes } from 'node:crypto';
import { hostname } from 'node:os';

/** A name for this process that no other one has: host, process and a random part. */
export function processName(): string {
  return `${hostname()}-${process.pid}-${randomBytes(3).toString('hex')}`;
}
