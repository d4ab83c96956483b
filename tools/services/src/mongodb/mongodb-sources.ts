/** Where a MongoDB that is started may come from. */
export type MongodbSource = 'mongod' | 'download' | 'documentdb';

/** What decides where MongoDB comes from. */
export interface MongodbFacts {
  /** `mongod` is on the PATH. */
  readonly hasMongod: boolean;
  /** The data folder already holds data of one kind; the other kind could not read it. */
  readonly existingData: 'mongod' | 'documentdb' | undefined;
  /** mongodb-memory-server has downloaded its binary before. */
  readonly downloadCached: boolean;
  /** DocumentDB's root file system has been built before. */
  readonly documentdbCached: boolean;
  /** This process may install Debian's packages and change its root. */
  readonly mayInstall: boolean;
}

/**
 * The ways to a MongoDB, in the order to try them: installed, downloaded, DocumentDB. A way that was gone before comes before
 * one that would have to be gone now, so that a later start is quick and finds the same data.
 */
export function mongodbSources(facts: MongodbFacts): MongodbSource[] {
  const { existingData, documentdbCached, downloadCached, mayInstall } = facts;
  if (existingData === 'documentdb' && mayInstall) return ['documentdb'];
  if (facts.hasMongod) return ['mongod'];
  if (existingData === 'mongod' || !mayInstall) return ['download'];
  return documentdbCached && !downloadCached ? ['documentdb', 'download'] : ['download', 'documentdb'];
}
