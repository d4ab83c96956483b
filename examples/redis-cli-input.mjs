import { text } from 'node:stream/consumers';

/** Bytes as redis-cli reads them between quotation marks; what is no ASCII goes as its bytes. */
const quoted = (bytes) =>
  `"${bytes
    .toString('latin1')
    .replaceAll(/["\\]/g, '\\$&')
    .replaceAll(/[^ -~]/g, (byte) => `\\x${byte.charCodeAt(0).toString(16).padStart(2, '0')}`)}"`;

/** Prints a command for redis-cli; its words are texts or bytes. */
export function command(...words) {
  console.log(words.map((word) => quoted(Buffer.from(word))).join(' '));
}

/** The pairs that `hybrid-sync export` printed, from the standard input. All are in memory at once. */
export async function exportedPairs() {
  const lines = (await text(process.stdin)).split('\n');
  return lines.filter((line) => line !== '').map((line) => JSON.parse(line));
}
