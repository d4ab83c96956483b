import { execFile } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { httpServer } from '@hybrid-sync/service-host';
import { loadSettings } from '@hybrid-sync/sync-core';
import type { FastifyInstance } from 'fastify';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bodyLimitOf } from '../http/body-limits.js';
import { FIXTURE_RESOURCES, FIXTURE_TOOLS } from '../testing/conformance-fixtures.js';
import { type InProcessApi, startInProcessApi } from '../testing/in-process-api.js';
import { mcpRoutes } from './mcp-routes.js';
import { McpServerFactory } from './mcp-server.js';

/** Scenarios of the public suite that look at any server. */
const OF_EVERY_SERVER = [
  'server-initialize',
  'ping',
  'tools-list',
  'resources-list',
  'dns-rebinding-protection',
];
/** Scenarios about what we offer that need a tool or a resource of the suite's own, served here by our code. */
const WITH_FIXTURES = [
  'tools-call-simple-text',
  'tools-call-error',
  'json-schema-2020-12',
  'resources-read-text',
];
/** Scenarios about what this server does not offer; docs/decisions/0008-the-mcp-conformance-suite.md says why. */
const NOT_OFFERED = [
  'logging-set-level',
  'completion-complete',
  'tools-call-image',
  'tools-call-audio',
  'tools-call-embedded-resource',
  'tools-call-mixed-content',
  'tools-call-with-logging',
  'tools-call-with-progress',
  'tools-call-sampling',
  'tools-call-elicitation',
  'elicitation-sep1034-defaults',
  'elicitation-sep1330-enums',
  'server-sse-polling',
  'server-sse-multiple-streams',
  'resources-read-binary',
  'resources-templates-read',
  'resources-subscribe',
  'resources-unsubscribe',
  'prompts-list',
  'prompts-get-simple',
  'prompts-get-with-args',
  'prompts-get-embedded-resource',
  'prompts-get-with-image',
];

const SUITE = join(
  createRequire(import.meta.url).resolve('@modelcontextprotocol/conformance/package.json'),
  '../dist/index.js',
);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcp-conformance-'));
});
afterAll(() => rm(folder, { recursive: true }));

/** Runs the suite's command and returns its exit code and what it printed. */
function conformance(...args: string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [SUITE, ...args], { cwd: folder }, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), output: stdout + stderr });
    });
  });
}

const listen = async (app: FastifyInstance) => `${await app.listen({ host: '127.0.0.1', port: 0 })}/mcp`;

/** Runs a scenario, which has to make at least one check that passes, and none that fails or warns. */
async function passes(url: string, scenario: string): Promise<void> {
  const { code, output } = await conformance('server', '--url', url, '--scenario', scenario);
  expect(output).toMatch(/Passed: ([1-9]\d*)\/\1, 0 failed, 0 warnings/);
  expect(code).toBe(0);
}

it('every scenario of the suite is judged here', async () => {
  const { output } = await conformance('list', '--server');
  const scenarios = [...output.matchAll(/^ {2}- (\S+)/gm)].map(([, name]) => name);
  expect(scenarios.sort()).toEqual([...OF_EVERY_SERVER, ...WITH_FIXTURES, ...NOT_OFFERED].sort());
});

describe('the api passes the scenario', () => {
  let api: InProcessApi;
  let url: string;
  beforeAll(async () => {
    api = await startInProcessApi();
    url = await listen(api.app);
  });
  afterAll(() => api.stop());

  it.each(OF_EVERY_SERVER)('%s', (scenario) => passes(url, scenario));
});

describe("our routes and server, given the suite's own tools and resource, pass the scenario", () => {
  const log = pino({ level: 'silent' });
  const { settings } = loadSettings({ env: {} });
  const app = httpServer({
    settings,
    boundTo: '127.0.0.1',
    bodyLimit: bodyLimitOf(settings),
    tokens: undefined,
    log,
  });
  let url: string;
  beforeAll(async () => {
    const factory = new McpServerFactory(FIXTURE_TOOLS, {
      version: '0.0.0-test',
      log,
      resources: FIXTURE_RESOURCES,
    });
    await app.register(mcpRoutes, { factory });
    url = await listen(app);
  });
  afterAll(() => app.close());

  it.each(WITH_FIXTURES)('%s', (scenario) => passes(url, scenario));
});
