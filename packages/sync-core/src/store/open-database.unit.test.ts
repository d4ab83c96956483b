import { describe, expect, it } from 'vitest';
import { openDatabase } from './open-database.js';

const OPTIONS = 'readPreference=secondaryPreferred&readConcernLevel=available&w=0&journal=false';

describe('the database', () => {
  it.each(['mongodb://mongo/shadows', `mongodb://mongo/shadows?${OPTIONS}`])(
    'of %s is read from its primary and written to a majority',
    async (mongodbUrl) => {
      const { client, db } = openDatabase({ mongodbUrl, mongodbTimeoutMs: 1000 }, 'test');
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
