import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

const CHANGELOG = readFileSync(new URL('../../../../CHANGELOG.md', import.meta.url), 'utf8');
const GROUPS = ['Added', 'Changed', 'Deprecated', 'Removed', 'Fixed', 'Security'];

it('every line of the changelog is in a group of the common form, below a version', () => {
  const versions = CHANGELOG.split(/^## /m).slice(1);
  expect(versions.map((text) => text.split('\n')[0])).toContain('Unreleased');
  for (const version of versions) {
    const [before = '', ...groups] = version.split(/^### /m);
    expect(before).not.toMatch(/^- /m);
    const names = groups.map((group) => group.split('\n')[0] ?? '');
    expect(names.filter((name) => !GROUPS.includes(name) && !name.startsWith('Upgrading'))).toEqual([]);
    expect(new Set(names).size).toBe(names.length);
  }
});
