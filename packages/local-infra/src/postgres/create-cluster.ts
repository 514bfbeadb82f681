import { type ExecFileException, execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serverEnvironment } from '../config.ts';
import type { PostgresBinaries } from './locate-postgres.ts';
import { giveTo, makePrivate, type ServerUser } from './server-user.ts';

/** The superuser of a local cluster, and the database made for it. */
export const localPostgresUser = 'wam';

const passwordFile = 'wam-password';

/**
 * Makes a new cluster (about 1 s) in `clusterDir` unless there is one: UTF8, C locale, scram with a random password.
 * It appears whole or not at all: an interrupted attempt is thrown away by the next one.
 */
export async function createClusterOnce(
  binaries: PostgresBinaries,
  clusterDir: string,
  user: ServerUser | undefined,
  durable: boolean,
): Promise<void> {
  if (existsSync(join(clusterDir, 'PG_VERSION'))) return;
  const unfinished = `${clusterDir}.unfinished`;
  const password = `${unfinished}.password`;
  rmSync(unfinished, { recursive: true, force: true });
  mkdirSync(unfinished, { recursive: true });
  makePrivate(unfinished);
  writeFileSync(password, randomBytes(24).toString('base64url'), { mode: 0o600 });
  if (user !== undefined) for (const path of [unfinished, password]) giveTo(user, path);

  await runAs(user, join(binaries.binFolder, 'initdb'), [
    '--pgdata',
    unfinished,
    '--username',
    localPostgresUser,
    '--auth',
    'scram-sha-256',
    '--pwfile',
    password,
    '--encoding',
    'UTF8',
    '--locale',
    'C',
    ...(durable ? [] : ['--no-sync']),
  ]);
  await runAs(
    user,
    join(binaries.binFolder, 'postgres'),
    ['--single', '-D', unfinished, ...(durable ? [] : ['-F']), 'postgres'],
    `CREATE DATABASE ${localPostgresUser}\n`,
  );
  renameSync(password, join(unfinished, passwordFile));
  renameSync(unfinished, clusterDir);
}

/** The URL of the cluster's own database; the password was drawn when the cluster was made. */
export function clusterUrl(clusterDir: string, port: number): string {
  const password = readFileSync(join(clusterDir, passwordFile), 'utf8').trim();
  return `postgresql://${localPostgresUser}:${password}@127.0.0.1:${port}/${localPostgresUser}`;
}

async function runAs(user: ServerUser | undefined, command: string, args: string[], input = ''): Promise<void> {
  const running = promisify(execFile)(command, args, {
    cwd: '/',
    env: serverEnvironment(),
    ...(user === undefined ? {} : { uid: user.uid, gid: user.gid }),
  });
  running.child.stdin?.end(input);
  try {
    await running;
  } catch (error) {
    const { stderr, message } = error as ExecFileException & { stderr?: string };
    throw new Error(`${command} failed: ${stderr?.trim() || message}`, { cause: error });
  }
}
