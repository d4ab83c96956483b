import { readFile } from 'node:fs/promises';

/** How many lines of a log say enough about its end. */
const LINES = 15;

/** The end of a log file; a remark where there is none. */
export async function lastLines(file: string): Promise<string> {
  try {
    const text = (await readFile(file, 'utf8')).trimEnd();
    return text === '' ? '(the log is empty)' : text.split('\n').slice(-LINES).join('\n');
  } catch {
    return '(there is no log)';
  }
}
