import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpServer } from '@hybrid-sync/service-host';
import { findNode } from '@hybrid-sync/services/node';
import { loadSettings } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyLimitOf } from '../http/body-limits.js';
import {
  FIXTURE_PROMPTS,
  FIXTURE_QUESTIONS,
  FIXTURE_RESOURCES,
  FIXTURE_TEMPLATES,
  FIXTURE_TOOLS,
} from '../testing/conformance-fixtures.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { mcpRoutes } from './mcp-routes.js';
import { McpServerFactory } from './mcp-server.js';

/** The release of Node that the suite needs. */
const SUITE_NODE = 22;
/** Two runs of the suite, on a machine that may be busy, in milliseconds. */
const TIMEOUT_MS = 300_000;

/** Scenarios that look at any server, by revision: the api passes them as it runs. */
const BY_THE_API: Readonly<Record<string, readonly string[]>> = {
  '2026-07-28': [
    'tools-list',
    'server-sse-multiple-streams',
    'resources-list',
    'sep-2164-resource-not-found',
    'prompts-list',
    'dns-rebinding-protection',
    'caching',
    'http-header-validation',
    'input-required-result-unsupported-methods',
  ],
  '2025-11-25': [
    'server-initialize',
    'ping',
    'tools-list',
    'resources-list',
    'prompts-list',
    'dns-rebinding-protection',
  ],
};
/** Scenarios about what we offer that need a tool, a prompt or a resource of the suite's own, served here by our code. */
const WITH_FIXTURES: Readonly<Record<string, readonly string[]>> = {
  '2026-07-28': [
    'tools-call-simple-text',
    'tools-call-error',
    'tools-call-with-progress',
    'resources-read-text',
    'resources-templates-read',
    'prompts-get-simple',
    'prompts-get-with-args',
    'input-required-result-result-type',
    'input-required-result-tampered-state',
  ],
  '2025-11-25': [
    'tools-call-simple-text',
    'tools-call-error',
    'tools-call-with-progress',
    'json-schema-2020-12',
    'resources-read-text',
    'resources-templates-read',
    'prompts-get-simple',
    'prompts-get-with-args',
  ],
};
const REVISIONS = Object.keys(BY_THE_API);

const DECISION = new URL('../../../../docs/decisions/0008-the-mcp-conformance-suite.md', import.meta.url);
const SUITE = join(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'),
  '../dist/index.js',
);
let folder: string;
let node: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
  const isNewEnough = Number.parseInt(process.versions.node, 10) >= SUITE_NODE;
  node = isNewEnough ? process.execPath : await findNode(String(SUITE_NODE));
}, TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true }));

/** What the suite says of each scenario that a revision requires: how many checks passed, and how many failed. */
async function outcomes(
  url: string,
  revision: string,
): Promise<Map<string, { passed: number; failed: number }>> {
  const args = [SUITE, 'server', '--url', url, '--requirements', revision];
  const stdout = await new Promise<string>((resolve) => {
    // It exits with 1 where anything failed; its words are what counts.
    execFile(node, args, { cwd: folder }, (_, printed) => resolve(printed));
  });
  const lines = stdout.matchAll(/^[✓✗] (\S+): (\d+) passed, (\d+) failed/gm);
  return new Map(
    [...lines].map(([, name = '', passed, failed]) => [
      name,
      { passed: Number(passed), failed: Number(failed) },
    ]),
  );
}

const listen = async (app: FastifyInstance) => `${await app.listen({ host: '127.0.0.1', port: 0 })}/mcp`;

/** Holds that each of these had a check that passed, and none that failed. */
function expectPassed(all: Awaited<ReturnType<typeof outcomes>>, names: readonly string[] = []): void {
  const passed = names.filter((name) => {
    const outcome = all.get(name);
    return outcome !== undefined && outcome.passed > 0 && outcome.failed === 0;
  });
  expect(passed).toEqual(names);
}

describe.each(REVISIONS)('what revision %s requires', (revision) => {
  it(
    'of every server: the api does it as it runs',
    async () => {
      const api: InProcessApi = await startInProcessApi();
      try {
        expectPassed(await outcomes(await listen(api.app), revision), BY_THE_API[revision]);
      } finally {
        await api.stop();
      }
    },
    TIMEOUT_MS,
  );

  it(
    "of what we offer: our routes and server do it, given the suite's own tools; all else is in the decision",
    async () => {
      const log = pino({ level: 'silent' });
      const { settings } = loadSettings({ env: {} });
      const bodyLimit = bodyLimitOf(settings);
      const app = httpServer({ settings, boundTo: '127.0.0.1', bodyLimit, tokens: undefined, log });
      const factory = new McpServerFactory(FIXTURE_TOOLS, {
        version: '0.0.0-test',
        log,
        resources: FIXTURE_RESOURCES,
        templates: FIXTURE_TEMPLATES,
        prompts: FIXTURE_PROMPTS,
        questions: FIXTURE_QUESTIONS,
        secret: async () => 'a secret of at least 32 bytes, for tests',
      });
      await app.register(mcpRoutes, { factory });
      try {
        const all = await outcomes(await listen(app), revision);
        expectPassed(all, WITH_FIXTURES[revision]);
        const judged = [...(BY_THE_API[revision] ?? []), ...(WITH_FIXTURES[revision] ?? [])];
        const others = [...all.keys()].filter((name) => !judged.includes(name));
        const decision = readFileSync(DECISION, 'utf8');
        expect(others.filter((name) => !decision.includes(`\`${name}\``))).toEqual([]);
      } finally {
        await app.close();
      }
    },
    TIMEOUT_MS,
  );
});
