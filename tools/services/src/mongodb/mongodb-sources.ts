/** What decides where MongoDB comes from. */
export interface MongodbFacts {
  /** `MONGODB_URL` (or `TEST_MONGODB_URL` for tests), if set. */
  readonly givenUrl: string | undefined;
  /** Path of `mongod`, if there is one. */
  readonly mongod: string | undefined;
  /** The data folder already holds data of one kind; the other kind could not read it. */
  readonly existingData: 'mongod' | 'documentdb' | undefined;
  /** mongodb-memory-server has downloaded its binary before. */
  readonly downloadCached: boolean;
  /** DocumentDB's root file system has been built before. */
  readonly documentdbCached: boolean;
  /** The system has `apt-get`. */
  readonly hasApt: boolean;
  /** This process may install packages and change its root. */
  readonly isRoot: boolean;
}

/** Where MongoDB may come from. */
export type MongodbSource =
  | { readonly kind: 'given'; readonly url: string }
  | { readonly kind: 'mongod'; readonly executable: string }
  | { readonly kind: 'download' }
  | { readonly kind: 'documentdb' };

/** What someone can do who has none of them. */
export const MONGODB_ADVICE =
  'There is no MongoDB: set MONGODB_URL to a running one, or put mongod on the PATH. ' +
  'On Debian, root gets one by itself (DocumentDB, from Debian’s packages).';

/**
 * The ways to a MongoDB, in the order to try them: given, installed, downloaded, DocumentDB. A way that was gone
 * before comes before one that would have to be gone now, so that a later start is quick and finds the same data.
 * @returns empty when there is none
 */
export function mongodbSources(facts: MongodbFacts): MongodbSource[] {
  if (facts.givenUrl) return [{ kind: 'given', url: facts.givenUrl }];
  const documentdb: MongodbSource[] = facts.isRoot && facts.hasApt ? [{ kind: 'documentdb' }] : [];
  if (facts.existingData === 'documentdb' && documentdb.length > 0) return documentdb;
  if (facts.mongod) return [{ kind: 'mongod', executable: facts.mongod }];
  const download: MongodbSource[] = [{ kind: 'download' }];
  if (facts.existingData === 'mongod') return download;
  const downloadLast = facts.documentdbCached && documentdb.length > 0 && !facts.downloadCached;
  return downloadLast ? [...documentdb, ...download] : [...download, ...documentdb];
}
