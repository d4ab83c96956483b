import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { BenchSystem } from './bench-system.js';

/** Where a run was made, and with what. */
export interface MachineFacts {
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    /** In GB of 1,000,000,000 bytes. */
    readonly memoryGb: number;
    readonly system: string;
  };
  /** Versions of everything that is compared, by name: Node, both services, and the packages. */
  readonly versions: Readonly<Record<string, string>>;
}

const PACKAGES = [
  'bullmq',
  'ioredis',
  'mongodb',
  'fastify',
  'undici',
  'cacheable',
  '@keyv/redis',
  '@keyv/mongo',
];

/** This machine. */
export function thisMachine(): MachineFacts['machine'] {
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memoryGb: Math.round(totalmem() / 1e8) / 10,
    system: `${type()} ${release()}`,
  };
}

/** This machine, and what runs on it. */
export async function machineFacts(system: BenchSystem): Promise<MachineFacts> {
  const packages = Object.fromEntries(PACKAGES.map(packageVersion));
  return {
    machine: thisMachine(),
    versions: { node: process.version, ...(await system.versions()), ...packages },
  };
}

/** Looked for where Node looks: not every package lets its own description be imported. */
function packageVersion(name: string): [string, string] {
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  const file = folders.map((folder) => join(folder, name, 'package.json')).find((path) => existsSync(path));
  return [name, file === undefined ? 'unknown' : JSON.parse(readFileSync(file, 'utf8')).version];
}
