import { expect, test } from 'vitest';
import { debianMirror } from './apt-mirror.js';

test('the deb822 form', () => {
  const sources = `
# snapshot: http://snapshot.example/archive/debian/20250520T000000Z
Types: deb deb-src
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;
  expect(debianMirror([sources])).toBe('http://mirror.example/debian');
});

test('deb822 with continued lines, comments between, several mirrors, Windows line ends', () => {
  const sources = [
    'Types:',
    ' deb',
    '# the next one is near',
    'URIs: https://first.example/ubuntu',
    '  https://second.example/some/debian/',
    'Suites: trixie',
    'Components:',
    ' main',
  ].join('\r\n');
  expect(debianMirror([sources])).toBe('https://second.example/some/debian');
});

test('stanzas that are off do not count', () => {
  const sources = 'Enabled: no\nTypes: deb\nURIs: http://off.example/debian\nSuites: sid\nComponents: main\n';
  expect(debianMirror([sources])).toBeUndefined();
});

test('the one-line form, with options and remarks', () => {
  const sources = `
deb-src http://source.example/debian bookworm main
# deb http://off.example/debian bookworm main
deb [arch=amd64 signed-by=/usr/share/keyrings/x.gpg] http://mirror.example/debian/ bookworm main non-free # near
`;
  expect(debianMirror([sources])).toBe('http://mirror.example/debian');
});

test.each([
  ['security updates', 'deb http://mirror.example/debian-security bookworm-security main'],
  ['another vendor', 'deb https://vendor.example/node_20.x nodistro main'],
  ['another distribution', 'deb http://archive.example/ubuntu noble main'],
  ['a snapshot', 'deb http://snapshot.example/archive/debian/20250520T000000Z/ bookworm main'],
  ['no main component', 'deb http://mirror.example/debian bookworm contrib'],
  ['a disc', 'deb cdrom:[Debian]/debian bookworm main'],
  ['nothing', ''],
])('no mirror of Debian: %s', (_name, sources) => {
  expect(debianMirror([sources])).toBeUndefined();
});

test('the first of several files', () => {
  expect(
    debianMirror(['', 'deb http://a.example/debian sid main', 'deb http://b.example/debian sid main']),
  ).toBe('http://a.example/debian');
});
