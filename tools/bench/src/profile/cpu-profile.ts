/** A profile as `node --cpu-prof` writes it, as far as it is read here. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string; readonly lineNumber: number };
  }[];
  /** Ids of the nodes that ran, one per sample. */
  readonly samples: readonly number[];
  /** Microseconds before each sample. */
  readonly timeDeltas: readonly number[];
}

/** Time spent in something itself, not in what it calls. */
export interface SelfTime {
  readonly what: string;
  /** In milliseconds. */
  readonly ms: number;
  /** Share of the time in which the process was not idle, from 0 to 1. */
  readonly share: number;
}

/** Where a process spent its time. */
export interface ProfileSummary {
  /** The time of the whole profile, in milliseconds. */
  readonly totalMs: number;
  /** Share of it in which the process had nothing to do, from 0 to 1. */
  readonly idleShare: number;
  /** By function, the most first. */
  readonly functions: readonly SelfTime[];
  /** By package, the most first. */
  readonly packages: readonly SelfTime[];
}

const IDLE = '(idle)';

/** Sums up the self times of a profile. */
export function summaryOf({ nodes, samples, timeDeltas }: CpuProfile): ProfileSummary {
  const frames = new Map(nodes.map(({ id, callFrame }) => [id, callFrame]));
  const byFunction = new Map<string, number>();
  const byPackage = new Map<string, number>();
  const add = (to: Map<string, number>, what: string, ms: number) => to.set(what, (to.get(what) ?? 0) + ms);
  let totalMs = 0;
  let idleMs = 0;
  for (const [index, id] of samples.entries()) {
    const ms = (timeDeltas[index] ?? 0) / 1000;
    totalMs += ms;
    const frame = frames.get(id);
    if (frame === undefined) continue;
    const { functionName, url, lineNumber } = frame;
    if (functionName === IDLE) {
      idleMs += ms;
      continue;
    }
    add(byFunction, `${functionName || '(anonymous)'}${placeOf(url, lineNumber)}`, ms);
    add(byPackage, packageOf(url, functionName), ms);
  }
  const busyMs = totalMs - idleMs;
  const sorted = (times: ReadonlyMap<string, number>): SelfTime[] =>
    [...times].map(([what, ms]) => ({ what, ms, share: ms / busyMs })).sort((a, b) => b.ms - a.ms);
  return {
    totalMs,
    idleShare: totalMs === 0 ? 0 : idleMs / totalMs,
    functions: sorted(byFunction),
    packages: sorted(byPackage),
  };
}

/** Where a function stands: its package, file and line; nothing for what is not in a file. */
function placeOf(url: string, lineNumber: number): string {
  if (url === '') return '';
  const file = url.startsWith('node:') ? url : url.slice(url.lastIndexOf('/') + 1);
  const from = url.startsWith('node:') ? '' : `${packageOf(url, '')} `;
  return ` (${from}${file}:${lineNumber + 1})`;
}

/** The npm package, the workspace, or the part of Node itself that a function belongs to. */
function packageOf(url: string, functionName: string): string {
  if (url === '') return functionName.startsWith('(') ? functionName : 'node, native';
  if (url.startsWith('node:')) return 'node';
  const [, installed] = /.*\/node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(url) ?? [];
  if (installed !== undefined) return installed;
  const [, workspace] = /\/(?:apps|packages|tools)\/([^/]+)\/dist\//.exec(url) ?? [];
  return workspace ?? 'other';
}
