import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { type ServerWish, serverUnderTest } from './testing/server-under-test.js';

async function statusOf(wish: ServerWish, headers: Record<string, string>, url = '/read') {
  const response = await serverUnderTest(wish).inject({ url, headers });
  return response.statusCode === 403 ? response.json().field : response.statusCode;
}
const LOOPBACK = {};
const NAMED = { env: { ALLOWED_HOSTS: 'api.example 10.0.0.7 [fd00::7]' } };
const REMOTE = { boundTo: '0.0.0.0' };
const REMOTE_NAMED = { ...REMOTE, ...NAMED };

describe('a Host', () => {
  it.each<[string, ServerWish, string, string | number]>([
    ['of this machine, on loopback', LOOPBACK, 'localhost:8080', 200],
    ['of this machine, by address', LOOPBACK, '127.0.0.1', 200],
    ['of this machine, by the other address', LOOPBACK, '[::1]:8080', 200],
    ['of this machine, in capitals', LOOPBACK, 'LocalHost', 200],
    ['from elsewhere, on loopback: DNS was rebound', LOOPBACK, 'elsewhere.example:8080', 'Host'],
    ['that only begins like one of this machine', LOOPBACK, 'localhost.example', 'Host'],
    ['that is named in the settings, on loopback', NAMED, 'API.example:443', 200],
    ['that is named in the settings by address', NAMED, '[fd00::7]:8080', 200],
    ['of any name beyond loopback, where none is named', REMOTE, 'anything.example', 200],
    ['that is named, beyond loopback', REMOTE_NAMED, '10.0.0.7:8080', 200],
    ['that is not named, beyond loopback', REMOTE_NAMED, 'anything.example', 'Host'],
  ])('%s', async (_, wish, host, outcome) => {
    expect(await statusOf(wish, { host })).toBe(outcome);
  });

  it('may be any for probes, which call by address, but not on loopback', async () => {
    expect(await statusOf(REMOTE_NAMED, { host: '10.1.2.3:9464' }, '/probe')).toBe(200);
    expect(await statusOf(LOOPBACK, { host: 'elsewhere.example' }, '/probe')).toBe('Host');
  });
});

describe('without a Host', () => {
  /** A request of HTTP/1.0, as HAProxy's probes are. */
  async function statusWithoutHost(path: string, host = ''): Promise<string> {
    const app = serverUnderTest();
    const address = new URL(await app.listen({ host: '127.0.0.1', port: 0 }));
    try {
      const socket = connect(Number(address.port), '127.0.0.1');
      socket.end(`GET ${path} HTTP/1.0\r\n${host}\r\n`);
      const answer = Buffer.concat(await socket.toArray()).toString();
      return answer.slice(0, answer.indexOf('\r\n'));
    } finally {
      await app.close();
    }
  }

  it('probes are answered, on loopback, too', async () => {
    expect(await statusWithoutHost('/probe')).toBe('HTTP/1.1 200 OK');
    expect(await statusWithoutHost('/probe', 'Host:\r\n')).toBe('HTTP/1.1 200 OK');
    expect(await statusWithoutHost('/probe', 'Host: elsewhere.example\r\n')).toMatch(/ 403 /);
  });

  it('nothing else is', async () => {
    for (const path of ['/read', '/public', '/nowhere'])
      expect(await statusWithoutHost(path)).toMatch(/ 403 /);
  });
});

describe('an Origin', () => {
  const ALLOWED = { env: { ALLOWED_ORIGINS: 'https://app.example' } };
  it.each<[string, ServerWish, string, string | number]>([
    ['of this machine', LOOPBACK, 'http://localhost:3000', 200],
    ['from elsewhere', LOOPBACK, 'https://elsewhere.example', 'Origin'],
    ['of this machine over TLS', LOOPBACK, 'https://127.0.0.1:3000', 200],
    ['of another scheme than the web', LOOPBACK, 'x://localhost', 'Origin'],
    ['of an extension', LOOPBACK, 'chrome-extension://localhost', 'Origin'],
    ['of no server', LOOPBACK, 'file://localhost', 'Origin'],
    ['from elsewhere, beyond loopback', REMOTE, 'https://elsewhere.example', 'Origin'],
    ['of a page without one', LOOPBACK, 'null', 'Origin'],
    ['that is named in the settings', ALLOWED, 'https://app.example', 200],
    ['of another scheme than the named one', ALLOWED, 'http://app.example', 'Origin'],
    ['of another port than the named one', ALLOWED, 'https://app.example:8443', 'Origin'],
    ['that only begins like the named one', ALLOWED, 'https://app.example.org', 'Origin'],
  ])('%s', async (_, wish, origin, outcome) => {
    expect(await statusOf(wish, { host: 'localhost', origin })).toBe(outcome);
  });
});

it('foreign pages are turned away before their token is looked at', async () => {
  const response = await serverUnderTest().inject({
    url: '/read',
    headers: { host: 'localhost', origin: 'https://elsewhere.example', authorization: 'Bearer x' },
  });
  expect(response.statusCode).toBe(403);
});

it.each([
  ['an image of a foreign page, which brings no Origin', 'cross-site', 'Sec-Fetch-Site'],
  ['the address line of a browser', 'none', 200],
])('%s', async (_, site, outcome) => {
  expect(await statusOf(LOOPBACK, { host: 'localhost', 'sec-fetch-site': site })).toBe(outcome);
});

describe('a link on a page elsewhere', () => {
  const LINK = { host: 'localhost', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate' };
  it.each<[string, Record<string, string>, string, string | number]>([
    ['to a page for everybody', {}, '/public', 200],
    ['as browsers say it in full', { 'sec-fetch-dest': 'document' }, '/public', 200],
    ['to what needs a role', {}, '/read', 'Sec-Fetch-Site'],
    ['to nothing', {}, '/nowhere', 'Sec-Fetch-Site'],
    ['that is a frame', { 'sec-fetch-dest': 'iframe' }, '/public', 'Sec-Fetch-Site'],
    ['that is a script', { 'sec-fetch-mode': 'no-cors' }, '/public', 'Sec-Fetch-Site'],
  ])('%s', async (_, more, url, outcome) => {
    expect(await statusOf(LOOPBACK, { ...LINK, ...more }, url)).toBe(outcome);
  });
});
