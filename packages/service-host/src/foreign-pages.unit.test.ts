import { fastify } from 'fastify';
import { expect, it } from 'vitest';
import { refuseForeignPages } from './foreign-pages.js';
import { sendProblem } from './problem-details.js';

const app = fastify();
app.setErrorHandler(sendProblem);
refuseForeignPages(app, {
  boundTo: '127.0.0.1',
  allowedHosts: ['cache.example'],
  allowedOrigins: ['https://ops.example'],
});
app.get('/', async () => 'answered');

it.each([
  ['a program', {}, 200],
  ['a page of this machine', { origin: 'http://localhost:8080' }, 200],
  ['a page that is allowed', { origin: 'https://ops.example', 'sec-fetch-site': 'cross-site' }, 200],
  ['a page elsewhere', { origin: 'https://evil.example' }, 403],
  ['an image in a page elsewhere', { 'sec-fetch-site': 'cross-site' }, 403],
  ['the address line of a browser', { 'sec-fetch-site': 'none' }, 200],
  ['a name that is allowed', { host: 'cache.example' }, 200],
  ['a name that only points here', { host: 'evil.example' }, 403],
])('%s', async (_, headers, status) => {
  const answer = await app.inject({ url: '/', headers: { host: 'localhost:8080', ...headers } });
  expect(answer.statusCode).toBe(status);
});
