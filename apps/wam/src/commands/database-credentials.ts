/** `wam database credentials`: makes the roles, and writes for each the address it connects with. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Env, loadConfig, secret } from '@wam/service-kit';
import { createDatabase, sql } from '@wam/service-kit/postgres';
import Type from 'typebox';
import { UserError } from '../user-error.ts';
import { type DatabaseUser, databaseUsers, literal, roleOf, rolesSql } from './database-roles.ts';

const settings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres of the installation, as an administrator' }),
});

/**
 * Writes `<user>.url` for DATABASE_URL_FILE. Roles that exist get new passwords.
 * @returns what to do next
 * @throws ConfigError; UserError rather than replacing files
 */
export async function writeDatabaseCredentials(folder: string, prefix: string, env: Env): Promise<string> {
  const { DATABASE_URL } = loadConfig(settings, env);
  const url = DATABASE_URL.reveal();
  const path = resolve(folder);
  const fileOf = (user: DatabaseUser) => join(path, `${user}.url`);
  const taken = databaseUsers.map(fileOf).find(existsSync);
  if (taken !== undefined) throw new UserError(`${taken} exists and may be in use; choose another folder`);
  const passwords = new Map(databaseUsers.map((user) => [user, randomBytes(24).toString('base64url')]));
  const passwordOf = (user: DatabaseUser): string => passwords.get(user) ?? '';

  await using db = createDatabase<unknown>({ url, schema: 'public', applicationName: 'wam-database-roles', max: 1 });
  const { rows } = await sql<{ database: string }>`select current_database() as database`.execute(db);
  const script = rolesSql({
    database: rows[0]?.database ?? '',
    prefix,
    passwordOf: (user) => literal(passwordOf(user)),
  });
  await db.transaction().execute((trx) => sql.raw(script).execute(trx));

  mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const user of databaseUsers) {
    const own = new URL(url);
    own.username = roleOf(user, prefix);
    own.password = passwordOf(user);
    writeFileSync(fileOf(user), `${own.href}\n`, { mode: 0o600, flag: 'wx' });
  }
  return [
    `the roles are made; start each target with DATABASE_URL_FILE=${path}/<target>.url,`,
    'commands such as wam keys rotate-kek with operator.url',
  ].join('\n');
}
