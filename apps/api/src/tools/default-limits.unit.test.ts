import { SETTINGS } from '@hybrid-sync/sync-core';
import { DEFAULT_LIMITS } from '@hybrid-sync/tool-contract';
import { expect, it } from 'vitest';

it("the contract's default limits are the settings' defaults", () => {
  expect(DEFAULT_LIMITS).toEqual({
    maxKeyBytes: SETTINGS.maxKeyBytes.default,
    maxValueBytes: SETTINGS.maxValueBytes.default,
  });
});
