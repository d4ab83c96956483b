import { access, chmod, chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ExecaError, execa } from 'execa';
import pg from 'pg';
import { keepPassword, newPassword, readPassword } from './password-file.js';
import { DocumentdbError, type Program } from './program.js';

/** Paths inside the root file system. */
const BIN = '/usr/lib/postgresql/18/bin';
const HOME = '/srv/hybrid-sync';
const CLUSTER = `${HOME}/cluster`;
/** Who may connect how. */
const HBA_FILE = `${HOME}/hba.conf`;
/** Its socket, by which the engine's own workers come; a folder of its user alone. */
const SOCKET_FOLDER = `${HOME}/run`;
const HBA = `# Whoever reaches the socket is the engine itself, or root.
local all all trust
host all all 127.0.0.1/32 scram-sha-256
`;
/** The host's environment says nothing about what is inside. */
const ENVIRONMENT = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LANG: 'C.UTF-8' };
/** How long the engine may take to recover its data, in milliseconds. */
const READY_TIMEOUT_MS = 120_000;
/** How often expired documents are looked for, in seconds. MongoDB itself does it every 60. */
const TTL_INTERVAL_S = 5;

/** An engine of one's own. */
export interface EngineOptions {
  /** Root file system of its own, with the package; the data goes in there too. */
  readonly root: string;
  /** TCP port on 127.0.0.1. */
  readonly port: number;
  /** File with the password of its user `postgres`; made, and the password set, at the first start. */
  readonly passwordFile: string;
  /** Whether acknowledged writes survive a power cut. False is faster, and fit for data to be thrown away. */
  readonly durable: boolean;
}

/** Settings the same for every engine, for a small machine that does other things too. */
const SETTINGS: Readonly<Record<string, string | number>> = {
  listen_addresses: '127.0.0.1',
  hba_file: HBA_FILE,
  unix_socket_directories: SOCKET_FOLDER,
  unix_socket_permissions: '0700',
  'documentdb.localhost_connection_string': `host=${SOCKET_FOLDER}`,
  shared_preload_libraries: 'pg_cron,pg_documentdb_core,pg_documentdb',
  // No mounts are made, so there is no /dev/shm in there.
  dynamic_shared_memory_type: 'mmap',
  // The gateway uses 32, the engine's own jobs a few; the rest is for someone who looks around with psql.
  max_connections: 80,
  shared_buffers: '256MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  max_parallel_workers_per_gather: 0,
  io_method: 'sync',
  // Short statements gain nothing from it, and wait for it.
  jit: 'off',
  // Deadlocks are rare with bulk procedures, and cost this long.
  deadlock_timeout: '200ms',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Jobs run inside the server; over a connection they would need a socket and a password file.
  'cron.database_name': 'postgres',
  'cron.use_background_workers': 'on',
  'cron.log_statement': 'off',
  'cron.log_run': 'off',
  // A cursor that lives in a file needs no connection of its own, and any connection can go on with it.
  'documentdb.useFileBasedPersistedCursors': 'on',
  'documentdb.defaultCursorExpiryTimeLimitSeconds': 600,
};

const NOT_DURABLE = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off' };

/** DocumentDB's engine: a PostgreSQL inside a root file system of its own, with its data in that file system. */
export function engineProgram(options: EngineOptions): Program {
  const { root, port, durable, passwordFile } = options;
  const settings = { ...SETTINGS, ...(durable ? {} : NOT_DURABLE), port };
  const args = [
    '-D',
    CLUSTER,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  return {
    name: 'DocumentDB',
    port,
    prepare: async () => {
      await prepareCluster(root);
      await prepareAccess(root, passwordFile, args);
    },
    command: 'chroot',
    args: [...asPostgres(root, '--pdeathsig', 'INT'), `${BIN}/postgres`, ...args],
    env: ENVIRONMENT,
    endsWithParent: true,
    commandMark: 'postgres',
    stopSignal: 'SIGINT',
    isReady: async () => isReady(port, await readPassword(passwordFile)),
    readyTimeoutMs: READY_TIMEOUT_MS,
  };
}

function asPostgres(root: string, ...more: string[]): string[] {
  return [root, 'setpriv', '--reuid=postgres', '--regid=postgres', '--clear-groups', ...more, '--'];
}

/** Creates the cluster, unless that has been done. */
async function prepareCluster(root: string): Promise<void> {
  const cluster = join(root, CLUSTER);
  const made = access(join(cluster, 'PG_VERSION')).then(
    () => true,
    () => false,
  );
  if (await made) return;
  // A killed initdb leaves half a cluster, so it gets its name when it is whole.
  const unfinished = `${cluster}.unfinished`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  const { uid, gid } = await postgresUser(root);
  await chown(unfinished, uid, gid);
  const options = [
    `--pgdata=${CLUSTER}.unfinished`,
    '--username=postgres',
    '--auth=trust',
    '--encoding=UTF8',
    '--locale=C.UTF-8',
    '--no-instructions',
  ];
  try {
    const command = [...asPostgres(root), `${BIN}/initdb`, ...options];
    await execa('chroot', command, { stdin: 'ignore', env: ENVIRONMENT, extendEnv: false });
  } catch (error) {
    const said = error instanceof ExecaError ? lastLineOf(String(error.stderr)) : '';
    throw new DocumentdbError(`DocumentDB could not create its data in ${cluster}${said && `: ${said}`}`, {
      cause: error,
    });
  }
  await rename(unfinished, cluster);
}

/** The last words of a program, which say why it failed. */
function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? '';
}

/**
 * Writes who may connect, and sets the password unless that has been done. It is set in single-user mode, before anyone can
 * connect, and goes in by standard input, which nobody else can read.
 */
async function prepareAccess(root: string, passwordFile: string, args: readonly string[]): Promise<void> {
  const { uid, gid } = await postgresUser(root);
  await chmod(join(root, HOME), 0o755);
  await writeFile(join(root, HBA_FILE), HBA);
  await chmod(join(root, HBA_FILE), 0o644);
  const sockets = join(root, SOCKET_FOLDER);
  await mkdir(sockets, { recursive: true, mode: 0o700 });
  await chown(sockets, uid, gid);
  await chmod(sockets, 0o700);
  if ((await readPassword(passwordFile)) !== undefined) return;
  const password = newPassword();
  try {
    await execa('chroot', [...asPostgres(root), `${BIN}/postgres`, '--single', ...args, 'postgres'], {
      input: `ALTER ROLE postgres PASSWORD '${password}'\n`,
      env: ENVIRONMENT,
      extendEnv: false,
    });
  } catch (error) {
    throw new DocumentdbError('DocumentDB could not be given a password', { cause: error });
  }
  await keepPassword(passwordFile, password);
}

async function postgresUser(root: string): Promise<{ uid: number; gid: number }> {
  const users = await readFile(join(root, 'etc/passwd'), 'utf8');
  const match = /^postgres:[^:]*:(\d+):(\d+):/m.exec(users);
  if (match === null)
    throw new DocumentdbError(`${root} has no user postgres; remove it, it will be built again`);
  return { uid: Number(match[1]), gid: Number(match[2]) };
}

/** Ready when it answers and the extension is there: created at the first start, which takes under a second. */
async function isReady(port: number, password: string | undefined): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: 'postgres', database: 'postgres', password });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('CREATE EXTENSION IF NOT EXISTS documentdb CASCADE');
    // Expired documents go every few seconds. Indexes are built at once, so nothing looks for some to build.
    await client.query(
      `SELECT cron.alter_job(jobid, schedule := CASE WHEN command LIKE '%delete_expired_rows%' THEN $1 END,
                             active := command NOT LIKE '%build_index_concurrently%')
         FROM cron.job
        WHERE command LIKE '%delete_expired_rows%' OR command LIKE '%build_index_concurrently%'`,
      [`${TTL_INTERVAL_S} seconds`],
    );
    return true;
  } finally {
    await client.end();
  }
}
