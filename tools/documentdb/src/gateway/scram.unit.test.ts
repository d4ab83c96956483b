import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Access } from './access.js';
import { beginLogin, ScramError, scramUser } from './scram.js';

/** The example of RFC 7677, section 3. */
const USER = scramUser('user', 'pencil', Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64'));
const SERVER_NONCE = '%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0';
const FIRST = 'n,,n=user,r=rOprNGfwEbeRWgbNEkqO';
const UNPROVEN = `c=biws,r=rOprNGfwEbeRWgbNEkqO${SERVER_NONCE}`;
const PROOF = 'p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=';

const begun = () => beginLogin(USER, FIRST, SERVER_NONCE);

it('speaks as the example of RFC 7677', () => {
  const { serverFirst, finish } = begun();
  expect(serverFirst).toBe(`r=rOprNGfwEbeRWgbNEkqO${SERVER_NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096`);
  expect(finish(`${UNPROVEN},${PROOF}`)).toBe('v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=');
});

it('gives each login a nonce of its own, so that a proof counts once', () => {
  const [one, other] = [beginLogin(USER, FIRST), beginLogin(USER, FIRST)];
  expect(one.serverFirst.split(',')[0]).not.toBe(other.serverFirst.split(',')[0]);
  expect(() => other.finish(`${UNPROVEN},${PROOF}`)).toThrow(ScramError);
});

it.each([
  ['another user', 'n,,n=users,r=abc'],
  ['no user', 'n,,r=abc'],
  ['no nonce', 'n,,n=user,r='],
  ['channel binding', 'p=tls-unique,,n=user,r=abc'],
  ['an extension that it would have to know', 'n,,m=1,n=user,r=abc'],
  ['nothing', ''],
])('%s is refused at once', (_, first) => {
  expect(() => beginLogin(USER, first)).toThrow(ScramError);
});

it.each([
  ['a wrong proof', `${UNPROVEN},p=${Buffer.alloc(32).toString('base64')}`],
  ['a short proof', `${UNPROVEN},p=dHzb`],
  ['no proof', `${UNPROVEN},p=`],
  ['no proof at all', UNPROVEN],
  ['another nonce', `c=biws,r=other,${PROOF}`],
  ['another header', `${UNPROVEN.replace('biws', 'eSws')},${PROOF}`],
  ['nothing', ''],
])('%s is refused', (_, final) => {
  expect(() => begun().finish(final)).toThrow(ScramError);
});

it('whatever a stranger says, none gets in', () => {
  const text = fc.oneof(
    fc.string(),
    fc.stringMatching(/^n,,n=user,r=[a-z]{1,9}$/),
    fc.constant(UNPROVEN),
    fc.constant(FIRST),
  );
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 4 }), fc.boolean(), (said, skips) => {
      const access = new Access(USER);
      for (const [at, each] of said.entries()) {
        try {
          if (at % 2 === 0) access.start(Buffer.from(each), skips);
          else access.go(1, Buffer.from(each));
        } catch (error) {
          expect(error).toBeInstanceOf(ScramError);
        }
        expect(access.granted).toBe(false);
      }
    }),
    { numRuns: 1000, interruptAfterTimeLimit: 5000 },
  );
});

it('a proof before the first message is refused', () => {
  expect(() => new Access(USER).go(0, Buffer.from(`${UNPROVEN},${PROOF}`))).toThrow(ScramError);
});
