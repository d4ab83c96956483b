import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../debian/programs.js';
import { hadForTests } from './had-for-tests.js';

/** Chromium, as {@link hadForTests} has it. */
export async function browserForTests(): Promise<Browser | undefined> {
  const executablePath = await hadForTests('a browser', findChromium);
  // Root may not have Chromium's own sandbox.
  return executablePath === undefined
    ? undefined
    : chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
