import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { REFERENCE, reference } from './reference-document.js';

it('the reference is what the contract says; "npm run documents" writes it anew', () => {
  expect(readFileSync(REFERENCE, 'utf8')).toBe(reference());
});
