import { describe, expect, it } from 'vitest';
import { openDatabase } from './open-database.js';

const OPTIONS =
  'readPreference=secondaryPreferred&readConcernLevel=available&w=0&journal=false&maxPoolSize=7';

describe('the database', () => {
  it.each(['mongodb://mongo/shadows', `mongodb://mongo/shadows?${OPTIONS}`])(
    'of %s is read from its primary, written to a majority, and has as many connections as its setting says',
    async (mongodbUrl) => {
      const settings = { mongodbUrl, mongodbTimeoutMs: 1000, mongodbMaxPoolSize: 5 };
      const { client, db } = openDatabase(settings, 'test');
      expect(client.options.maxPoolSize).toBe(5);
      expect(client.options).toMatchObject({ minPoolSizeCheckFrequencyMS: 10_000 });
      for (const { readPreference, readConcern, writeConcern } of [db, db.collection('kv_shadow')]) {
        expect(readPreference?.mode).toBe('primary');
        expect(readConcern?.level).toBe('majority');
        expect(writeConcern).toMatchObject({ w: 'majority' });
        expect(writeConcern?.journal).toBeUndefined();
      }
      await client.close();
    },
  );
});
