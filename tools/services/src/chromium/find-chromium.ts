import { ServicesError } from '../errors.js';
import { aptInstall } from '../process/apt.js';
import { findExecutable } from '../process/executables.js';

/** Names that the browser goes by. */
const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** Debian's packages: the browser, and a font, without which it shows no text. */
const PACKAGES = ['chromium', 'fonts-liberation'];

/**
 * Finds Chromium, for tests of pages: on the PATH, else, on Debian as root, by installing Debian's package (some 100 MB
 * to download, once).
 * @returns its path
 * @throws ServicesError that says what to install
 */
export async function findChromium(cancelSignal?: AbortSignal): Promise<string> {
  const installed = await findExecutable(NAMES);
  if (installed !== undefined) return installed;
  const advice = 'install it (`sudo apt-get install chromium`), so that chromium is on the PATH';
  if ((await findExecutable(['apt-get'])) === undefined || process.getuid?.() !== 0) {
    throw new ServicesError(`There is no Chromium: ${advice}.`);
  }
  try {
    await aptInstall(PACKAGES, cancelSignal);
  } catch (error) {
    throw new ServicesError(`apt-get could not install ${PACKAGES.join(' and ')}; ${advice}.`, {
      cause: error,
    });
  }
  const path = await findExecutable(NAMES);
  if (path === undefined) throw new ServicesError(`Debian's package brought no Chromium; ${advice}.`);
  return path;
}
