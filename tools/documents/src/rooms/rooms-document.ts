import { fileURLToPath } from 'node:url';
import { putBetween } from '../put-between.js';
import { drawArrows } from './draw-arrows.js';
import { arrowsOfRooms, arrowsOfWorkspaces } from './read-arrows.js';

const REPOSITORY = fileURLToPath(new URL('../../../..', import.meta.url));

/** The document that holds the pictures. */
export const DOCUMENT = fileURLToPath(new URL('../../../../docs/how-it-works.md', import.meta.url));

/** The document with its pictures as the code is now. @throws where a picture has no place in it */
export function withPictures(document: string): string {
  const workspaces = arrowsOfWorkspaces(REPOSITORY, ['apps', 'packages', 'tools']);
  const rooms = arrowsOfRooms(`${REPOSITORY}packages/sync-core/src`);
  return put(put(document, 'workspaces', drawArrows(workspaces)), 'rooms', drawArrows(rooms));
}

function put(document: string, name: string, picture: string): string {
  return putBetween(
    document,
    'how-it-works.md',
    [`<!-- picture: ${name} -->`, `<!-- end: ${name} -->`],
    picture,
  );
}
