import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { describe, expect, test } from 'vitest';
import { gone, listens, scratchFolder } from '../../test/scratch.ts';
import { chooseServerUser } from './server-user.ts';
import {
  type LocalPostgres,
  type LocalPostgresOptions,
  localPostgresPid,
  startLocalPostgres,
} from './start-local-postgres.ts';

function start(folder: string, options: Partial<LocalPostgresOptions> = {}): Promise<LocalPostgres> {
  return startLocalPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'log', 'postgres.log'),
    durable: false, // saves the disk some 1000 syncs per cluster
    ...options,
  });
}

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

test('a fresh cluster is durable, UTF8, and takes no connection without its password', async () => {
  using folder = scratchFolder();
  const server = await start(folder.path, { durable: true });
  const settings = await query(
    server.url,
    `SELECT current_setting('fsync') AS fsync, current_setting('synchronous_commit') AS commit,
       current_setting('listen_addresses') AS address, current_setting('server_encoding') AS encoding`,
  );
  expect(settings).toEqual([{ fsync: 'on', commit: 'on', address: '127.0.0.1', encoding: 'UTF8' }]);

  const stranger = new URL(server.url);
  stranger.password = 'guessed';
  await expect(query(stranger.href, 'SELECT 1')).rejects.toThrow('password authentication failed');
  await server.stop();
});

test('what was committed before a kill is there after the next start', async () => {
  using folder = scratchFolder();
  const killed = await start(folder.path, { durable: true });
  await query(killed.url, 'CREATE TABLE kept (value int)');
  await query(killed.url, 'INSERT INTO kept VALUES (42)');
  expect(localPostgresPid(join(folder.path, 'postgres'))).toBe(killed.pid);
  await killed.kill();
  expect(await listens(killed.url)).toBe(false);
  expect(localPostgresPid(join(folder.path, 'postgres'))).toBeUndefined();

  const restarted = await start(folder.path, { durable: true });
  expect(await query(restarted.url, 'SELECT value FROM kept')).toEqual([{ value: 42 }]);
  await restarted.stop();
});

test('a server that is still there from an earlier run is replaced', async () => {
  using folder = scratchFolder();
  const left = await start(folder.path);
  const replacement = await start(folder.path);
  await gone(left.pid);
  expect(await query(replacement.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  await replacement.stop();
});

test('stopping leaves no process, and stopping again does no harm', async () => {
  using folder = scratchFolder();
  const server = await start(folder.path);
  const backends = await query(server.url, 'SELECT pid FROM pg_stat_activity');
  await server.stop();
  await server.stop();
  await Promise.all([server.pid, ...backends.map((row) => Number(row.pid))].map(gone));
});

test('a server that cannot start says why', async () => {
  using folder = scratchFolder();
  const first = await start(folder.path);
  using other = scratchFolder();
  const clash = start(other.path, { port: first.port });
  await expect(clash).rejects.toThrow('Address already in use');
  await first.stop();
});

describe.runIf(process.getuid?.() === 0)('under a folder that Postgres may not enter', () => {
  test('the data stands elsewhere and is found again', async () => {
    using folder = scratchFolder({ closed: true });
    const server = await start(folder.path);
    const moved = movedTo(folder.path);
    expect(statSync(join(moved, 'cluster')).uid).toBe(chooseServerUser()?.uid);
    await query(server.url, 'CREATE TABLE kept ()');
    await server.stop();

    const restarted = await start(folder.path);
    expect(await query(restarted.url, 'SELECT count(*)::int AS rows FROM kept')).toEqual([{ rows: 0 }]);
    await restarted.stop();
    rmSync(moved, { recursive: true });
  });

  test('data that stands elsewhere for a temporary folder goes when that folder is gone', async () => {
    const forgotten = scratchFolder({ closed: true });
    const server = await start(forgotten.path);
    const moved = movedTo(forgotten.path);
    await server.stop();
    forgotten[Symbol.dispose]();

    using folder = scratchFolder({ closed: true });
    const next = await start(folder.path);
    expect(existsSync(moved)).toBe(false);
    await next.stop();
    rmSync(movedTo(folder.path), { recursive: true });
  });
});

function movedTo(folder: string): string {
  return readFileSync(join(folder, 'postgres', 'MOVED_TO'), 'utf8').trim();
}
