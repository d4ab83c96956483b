import { describe, expect, it } from 'vitest';
import { loadSettings } from './load-settings.js';
import { mongodbTarget } from './mongodb-target.js';

describe('the target in a URL of MongoDB', () => {
  it.each([
    ['mongodb://mongo', 'hybrid_sync'],
    ['mongodb://mongo/', 'hybrid_sync'],
    ['mongodb://mongo?tls=true', 'hybrid_sync'],
    ['mongodb://mongo/?authSource=admin', 'hybrid_sync'],
    ['mongodb://mongo/shadows', 'shadows'],
    ['mongodb://u:p%40ss@a:27017,b:27018/shadows?replicaSet=rs0', 'shadows'],
    ['mongodb+srv://u:p@cluster.example/shadows', 'shadows'],
    ['mongodb://%2Ftmp%2Fmongodb.sock/shadows', 'shadows'],
    ['mongodb://mongo/caf%C3%A9', 'café'],
  ])('%s is the database %s', (url, database) => {
    expect(mongodbTarget(url)).toEqual({ url, database, overridden: [] });
  });

  it('has no option of the URL that would decide which reads and writes hold', () => {
    const url =
      'mongodb://mongo/db?readPreference=secondary&maxStalenessSeconds=90&tls=true&w=0&readConcernLevel=local&J=false';
    expect(mongodbTarget(url)).toEqual({
      url: 'mongodb://mongo/db?tls=true',
      database: 'db',
      overridden: ['readPreference', 'maxStalenessSeconds', 'w', 'readConcernLevel', 'J'],
    });
  });
});

describe('a URL of MongoDB that can not be used', () => {
  it.each([
    ['redis://u:s3cret@mongo', /^must start with mongodb:\/\/ or mongodb\+srv:\/\/$/],
    ['mongodb://', /host list/],
    ['mongodb://mongo/db?tls=true&tlsCAFile=/s3cret.pem', /file of tlsCAFile can't be read \(ENOENT\)/],
    [
      'mongodb://mongo/db?tls=true&tlsCertificateKeyFile=/s3cret',
      /file of tlsCertificateKeyFile can't be read/,
    ],
    ['mongodb://u:s3cret@/db', /host list/],
    ['mongodb://u:s3cret@mongo:99999/db', /a host, a port/],
    ['mongodb://u:s3cret:27017', /a host, a port/],
    ['mongodb://u:s3@s3cret@mongo/db', /must be percent-encoded/],
    ['mongodb://u:s3/s3cret@mongo/db', /must be percent-encoded/],
    ['mongodb://u:s3?s3cret=1@mongo/db', /must be percent-encoded/],
    ['mongodb://u:s3#s3cret@mongo/db', /must be percent-encoded/],
    ['mongodb://u:s3cret%zz@mongo/db', /must be percent-encoded/],
    ['mongodb://mongo/db?passwd=s3cret', /option passwd is not supported/],
    ['mongodb://mongo/db?tls', /"tls" cannot be specified with no value/],
    ['mongodb://mongo/db?tls=maybe', /must be either/],
    ['mongodb://mongo/db?authMechanism=s3cret', /the value of an option/],
    ['mongodb+srv://u:s3cret@mongo:27017/db', /cannot have port number/],
    ['mongodb://mongo/a/b', /names a database/],
    ['mongodb://mongo/a.b', /names a database/],
    ['mongodb://mongo/a%20b', /names a database/],
    [`mongodb://mongo/${'x'.repeat(64)}`, /names a database/],
    ['mongodb://mongo/admin', /database admin, which is MongoDB's own/],
  ])('%s is a fault of the configuration that holds no secret', (url, fault) => {
    expect(() => mongodbTarget(url)).toThrow(fault);
    const load = () => loadSettings({ env: { MONGODB_URL: url } });
    expect(load).toThrow(/MONGODB_URL: /);
    expect(load).not.toThrow(/s3cret/);
  });
});
