import { type CUT, type FakeAnswer, FakeApi, type Received } from '@hybrid-sync/services/fake-api';
import { afterEach } from 'vitest';
import { type ClientError, type ClientOptions, HybridSyncClient } from '../index.js';

/** What an api answers to a request, told also how many requests there were before; `CUT` ends the connection. */
export type Answering = (request: Received, count: number) => FakeAnswer | typeof CUT | undefined;

const started: FakeApi[] = [];
afterEach(async () => {
  await Promise.all(started.splice(0).map((api) => api.stop()));
});

/** An api that answers as it is told, until the end of the test. */
export async function fakeApi(answer: Answering): Promise<FakeApi> {
  const api: FakeApi = await FakeApi.start((request) => answer(request, api.received.length - 1));
  started.push(api);
  return api;
}

/** Such an api, and a client of it. */
export async function clientOf(answer: Answering, options: Partial<ClientOptions> = {}) {
  const api = await fakeApi(answer);
  return { api, client: new HybridSyncClient({ url: api.url, ...options }) };
}

/** An address where nothing listens. */
export async function nowhere(): Promise<string> {
  const { url } = await fakeApi(() => undefined);
  await started.pop()?.stop();
  return url;
}

/** What a read of `a` is answered. */
export const PAIR = { found: true, key: 'a', value: 'v', version: 7 };
/** What a write of `a` is answered. */
export const WRITTEN = {
  success: true,
  method: 'ASYNC_THREAD',
  message: 'm',
  timestamp: 't',
  key: 'a',
  version: 7,
};

/** What a call fails with. */
export const failureOf = (call: Promise<unknown>): Promise<ClientError> =>
  call.then(
    () => Promise.reject(new Error('the call succeeded')),
    (error) => error,
  );
