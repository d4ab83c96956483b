import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { OPERATIONS, withTables } from './operations-document.js';

it('operations lists every setting and every metric as the code has it; "npm run documents" writes them anew', () => {
  const operations = readFileSync(OPERATIONS, 'utf8');
  expect(withTables(operations)).toBe(operations);
});

it("a row that is not the code's is written anew, one that is missing is added", () => {
  const operations = readFileSync(OPERATIONS, 'utf8');
  const changed = operations
    .replace(/^\| `app\.sync\.mode` \|.*\n/m, '')
    .replace(/^(\| `hybrid_sync_mutations_total` \|) counter/m, '$1 gauge');
  expect(changed).not.toContain('| `app.sync.mode` |');
  expect(changed).toContain('| `hybrid_sync_mutations_total` | gauge |');
  expect(withTables(changed)).toBe(operations);
});
