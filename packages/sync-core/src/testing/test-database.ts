import { inDatabase } from '@hybrid-sync/services';

/**
 * URL of a database of a test's own on the MongoDB of `npm test`. `npm run store-test` puts what TEST_DATABASE_PREFIX holds
 * before each name, to find and remove what a killed test has left.
 */
export function testDatabaseUrl(name: string): string {
  const { TEST_MONGODB_URL, TEST_DATABASE_PREFIX = '' } = process.env;
  if (!TEST_MONGODB_URL) throw new Error('TEST_MONGODB_URL is not set: run this test with "npm test"');
  return inDatabase(TEST_MONGODB_URL, `${TEST_DATABASE_PREFIX}${name}`);
}
