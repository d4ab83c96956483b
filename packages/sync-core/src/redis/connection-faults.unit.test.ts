import { expect, it } from 'vitest';
import { unansweredFaultOf } from './connection-faults.js';

const broke = (code: string, syscall?: string) =>
  Object.assign(new Error(`${syscall} ${code}`), { code, syscall });
const TLS = {};

it.each([
  ['write', 'ECONNRESET'],
  ['write', 'EPIPE'],
  ['read', 'ECONNRESET'],
])(
  'a connection that %s finds broken (%s) before its first answer is told with what to set for TLS',
  (syscall, code) => {
    expect(unansweredFaultOf(broke(code, syscall), TLS)).toEqual({
      code,
      meaning: expect.stringContaining('see tlsCertificateFile'),
    });
  },
);

it.each([
  ['without TLS', broke('ECONNRESET', 'write'), undefined],
  ['of a server that is not there', broke('ECONNREFUSED', 'connect'), TLS],
  ['before TLS was agreed on, as Node says it', broke('ECONNRESET'), TLS],
])('an error %s is told as it is', (_, error, tls) => {
  expect(unansweredFaultOf(error, tls)).toBeUndefined();
});
