import { readFile, writeFile } from 'node:fs/promises';
import { DOCUMENT, withPictures } from './rooms/rooms-document.js';

/** `npm run rooms`: draws the pictures of the code's structure anew. */
const before = await readFile(DOCUMENT, 'utf8');
const after = withPictures(before);
if (after === before) console.log('The pictures in docs/how-it-works.md are those of the code.');
else {
  await writeFile(DOCUMENT, after);
  console.log('The pictures in docs/how-it-works.md have been drawn anew.');
}
