import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { anchorsOf, findDeadLinks, linksIn } from './find-dead-links.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

it('every link in the documents leads somewhere', () => {
  expect(findDeadLinks(REPOSITORY)).toEqual([]);
});

describe('links', () => {
  it('are those to files and headings, of pictures too, and not those in examples', () => {
    const text = [
      '[a](b.md) and ![c](d.png), <img src="e.png">',
      '[far](https://example.org/x)',
      '```',
      '[no](link.md)',
      '```',
    ].join('\n');
    expect(linksIn(text)).toEqual(['b.md', 'd.png', 'e.png']);
  });

  it('to headings are as GitHub makes them', () => {
    expect(anchorsOf('# A `b` & C\n\n## [Linked](x.md) one, two\n')).toEqual(['a-b--c', 'linked-one-two']);
  });
});
