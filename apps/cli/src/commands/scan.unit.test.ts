import { FakeApi, type Received, toolAnswer } from '@hybrid-sync/services/fake-api';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { callIn } from '../testing/call-in.js';
import { runCli } from '../testing/run-cli.js';

const PAGES: Record<string, { keys: string[]; cursor: string }> = {
  '0': { keys: ['a', 'b'], cursor: '7' },
  '7': { keys: [], cursor: '9' },
  '9': { keys: ['b', 'c'], cursor: '0' },
};
const argumentsOf = (request: Received) => callIn(request).arguments;

let api: FakeApi;
beforeEach(async () => {
  api = await FakeApi.start((request) => toolAnswer(PAGES[String(argumentsOf(request).cursor ?? '0')] ?? {}));
});
afterEach(() => api.stop());

const scan = (...words: string[]) => runCli(['scan', ...words, '--url', api.url, '--json']);

it('shows one page and where the next one starts', async () => {
  expect((await scan()).json()).toMatchObject({ keys: ['a', 'b'], cursor: '7' });
  expect(api.received).toHaveLength(1);
});

it('with --all goes on to the last page, empty ones too, and shows each key once', async () => {
  expect((await scan('prefix=x', '--all')).json()).toMatchObject({ keys: ['a', 'b', 'c'], cursor: '0' });
  expect(api.received.map(argumentsOf).map(({ prefix }) => prefix)).toEqual(['x', 'x', 'x']);
});
