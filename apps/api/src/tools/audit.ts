import { HybridSyncError, type Metrics } from '@hybrid-sync/sync-core';
import type { Logger } from 'pino';
import type { Tool } from './tool.js';

/** Longest text of an argument that a line repeats, in characters. */
const MAX_TEXT = 200;
/** Parts of a list of arguments that a line repeats. */
const MAX_LISTED = 20;

/** Where acts of administrators are told of. */
export interface AuditPlaces {
  readonly log: Pick<Logger, 'info' | 'warn'>;
  readonly metrics: Pick<Metrics, 'adminActed'>;
}

/**
 * The same tool with one line in the log for each act of an administrator, done or failed: whose token, which tool, what
 * it was told to touch, and how much it touched. Values never stand in it: of settings only the names. What only looks,
 * a dry run included, is no act.
 */
export function audited(tool: Tool, { log, metrics }: AuditPlaces): Tool {
  if (tool.role !== 'admin' || tool.hints.readOnlyHint) return tool;
  const call: Tool['call'] = async (args, terms) => {
    if (isDryRun(tool, args)) return tool.call(args, terms);
    const act = { by: terms.by, tool: tool.name, touches: touchesOf(args) };
    try {
      const answer = await tool.call(args, terms);
      metrics.adminActed(tool.name, 'done');
      log.info({ ...act, did: countsOf(answer) }, 'an administrator acted');
      return answer;
    } catch (error) {
      metrics.adminActed(tool.name, 'failed');
      const code = error instanceof HybridSyncError ? error.code : 'INTERNAL';
      log.warn({ ...act, code }, "an administrator's act failed");
      throw error;
    }
  };
  return { ...tool, call };
}

/** A tool that is to be told to apply its plan changes nothing until it is. */
function isDryRun({ input }: Tool, args: unknown): boolean {
  return 'apply' in input.shape && !(isRecord(args) && args.apply === true);
}

function touchesOf(args: unknown): Record<string, unknown> {
  if (!isRecord(args)) return {};
  return Object.fromEntries(
    Object.entries(args).map(([name, value]) => [name.slice(0, MAX_TEXT), told(value)]),
  );
}

function told(value: unknown): unknown {
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (Array.isArray(value)) return value.slice(0, MAX_LISTED).map(told);
  // Settings by name: their values may be secrets.
  return isRecord(value) ? told(Object.keys(value)) : value;
}

/** What an answer counts, by name; its lists and texts are not repeated. */
function countsOf(answer: Record<string, unknown>): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [name, value] of Object.entries(answer)) {
    if (typeof value === 'number') counts[name] = value;
    else if (name === 'done' && isRecord(value)) Object.assign(counts, countsOf(value));
  }
  return counts;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
