import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { readPassword } from '../password-file.js';

/** The line of PostgreSQL's `postmaster.pid` that holds its port. */
const PORT_LINE = 3;

/** The port and the password of the DocumentDB engine that was started in a data folder. */
export async function engineOf(dataDir: string): Promise<{ port: number; password: string }> {
  const folder = join(dataDir, 'documentdb');
  const record = await readFile(join(folder, 'root/srv/hybrid-sync/cluster/postmaster.pid'), 'utf8');
  const password = await readPassword(join(folder, 'password'));
  if (password === undefined) throw new Error(`no password in ${folder}`);
  return { port: Number(record.split('\n')[PORT_LINE]), password };
}

/** Logs in to an engine as its superuser: the name that it knows one by, or PostgreSQL's code of the refusal. */
export async function engineLogin(port: number, password?: string): Promise<string> {
  const client = new pg.Client({
    host: '127.0.0.1',
    port,
    user: 'postgres',
    database: 'postgres',
    password: () => password ?? '',
  });
  client.on('error', () => undefined);
  try {
    await client.connect();
    const { rows } = await client.query<{ user: string }>('SELECT current_user AS "user"');
    return rows[0]?.user ?? '';
  } catch (error) {
    return error instanceof pg.DatabaseError ? (error.code ?? error.message) : String(error);
  } finally {
    await client.end().catch(() => undefined);
  }
}
