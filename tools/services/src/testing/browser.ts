import { type Browser, chromium } from 'playwright-core';
import { findChromium } from '../debian/programs.js';

/**
 * Chromium; undefined, with a word about it, where it can't be had. In CI that is a failure.
 * @throws ServicesError in CI where it can't be had
 */
export async function browserForTests(): Promise<Browser | undefined> {
  let executablePath: string;
  try {
    executablePath = await findChromium();
  } catch (error) {
    if (process.env.CI) throw error;
    console.warn(`SKIPPING the tests in a browser: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
  // Root may not have Chromium's own sandbox.
  return chromium.launch({ executablePath, chromiumSandbox: process.getuid?.() !== 0 });
}
