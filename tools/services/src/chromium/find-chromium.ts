import { findDebianProgram } from '../process/debian-program.js';

/**
 * Finds Chromium, for tests of pages: on the PATH, else, on Debian as root, by installing Debian's package (some 100 MB
 * to download, once), and a font, without which it shows no text.
 * @returns its path
 * @throws ServicesError that says what to install
 */
export function findChromium(cancelSignal?: AbortSignal): Promise<string> {
  const executables = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
  const packages = ['chromium', 'fonts-liberation'] as const;
  return findDebianProgram({ name: 'Chromium', executables, packages }, cancelSignal);
}
