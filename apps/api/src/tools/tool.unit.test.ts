import { InvalidInputError } from '@hybrid-sync/sync-core';
import { expect, it } from 'vitest';
import { z } from 'zod';
import { checkArguments } from './tool.js';

it('an unknown argument is named, however long its name, in few words', () => {
  const check = () => checkArguments(z.strictObject({}), { [`sort${'x'.repeat(1_000_000)}`]: 1 });
  expect(check).toThrow(InvalidInputError);
  expect(check).toThrow(/^sortx{96}: is not an argument of this tool$/);
});
