import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { drawArrows } from './draw-arrows.js';
import { arrowsOfRooms } from './read-arrows.js';
import { DOCUMENT, withPictures } from './rooms-document.js';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function sourceOf(files: Record<string, string>): string {
  const folder = mkdtempSync(join(tmpdir(), 'hybrid-sync-rooms-'));
  folders.push(folder);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(folder, path, '..'), { recursive: true });
    writeFileSync(join(folder, path), text);
  }
  return folder;
}

it('the pictures in the document are those of the code; "npm run documents" draws them anew', () => {
  const document = readFileSync(DOCUMENT, 'utf8');
  expect(withPictures(document)).toBe(document);
});

describe('arrows', () => {
  it('are read from imports over one line or several, from types too, and not from tests', () => {
    const source = sourceOf({
      'a/one.ts': "import { x } from '../b/two.js';\nimport {\n  y,\n  z,\n} from '../c/three.js';\n",
      'b/two.ts': "import type { Z } from '../c/three.js';\nimport fs from 'node:fs';\n",
      'c/three.test.ts': "import { x } from '../a/one.js';\n",
      'testing/fake.ts': "import { x } from '../a/one.js';\n",
    });
    expect(arrowsOfRooms(source)).toEqual(
      new Map([
        ['a', new Set(['b', 'c'])],
        ['b', new Set(['c'])],
      ]),
    );
  });

  it('that a longer way says as well are not drawn', () => {
    const arrows = new Map([
      ['a', new Set(['b', 'c'])],
      ['b', new Set(['c'])],
    ]);
    expect(drawArrows(arrows).match(/^ .*$/gm)).toEqual(['    a["a"] --> b["b"]', '    b["b"] --> c["c"]']);
  });
});
