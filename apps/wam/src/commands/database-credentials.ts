/** `wam database credentials`: a password for each role, the address it connects with, and what makes the roles. */
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Env, loadConfig, secret } from '@wam/service-kit';
import Type from 'typebox';
import { UserError } from '../user-error.ts';
import { databaseUsers, roleOf } from './database-roles.ts';
import { makeRoles, printRoleVerifiers, type RoleVerifiers } from './make-roles.ts';
import { scramVerifier } from './scram-verifier.ts';

const settings = Type.Object({
  DATABASE_URL: secret({ description: 'Postgres of the installation, as an administrator' }),
});
const rolesFile = 'roles.json';

export interface CredentialOptions {
  /** Of the names of the roles. */
  prefix: string;
  /** Only writes files: for a database that is not there yet. */
  later: boolean;
}

/**
 * Writes `<user>.url` for DATABASE_URL_FILE, and `roles.json`, which makes the roles (again) and lets nobody connect. Roles that exist get new
 * passwords.
 * @returns what to do next
 * @throws ConfigError; UserError rather than replacing files
 */
export async function writeDatabaseCredentials(
  folder: string,
  { prefix, later }: CredentialOptions,
  env: Env,
): Promise<string> {
  const { DATABASE_URL } = loadConfig(settings, env);
  const url = DATABASE_URL.reveal();
  const path = resolve(folder);
  const files = new Map<string, string>();
  const verifiers: Record<string, string> = {};
  for (const user of databaseUsers) {
    const password = randomBytes(24).toString('base64url');
    const own = new URL(url);
    own.username = roleOf(user, prefix);
    own.password = password;
    files.set(`${user}.url`, `${own.href}\n`);
    verifiers[user] = scramVerifier(password, randomBytes(16));
  }
  const roles = { prefix, verifiers } as RoleVerifiers;
  files.set(rolesFile, printRoleVerifiers(roles));
  const taken = [...files.keys()].map((name) => join(path, name)).find(existsSync);
  if (taken !== undefined) throw new UserError(`${taken} exists and may be in use; choose another folder`);

  if (!later) await makeRoles(url, roles);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  for (const [name, text] of files) writeFileSync(join(path, name), text, { mode: 0o600, flag: 'wx' });
  return [
    later ? `wam prepare with DATABASE_ROLES_FILE=${join(path, rolesFile)} makes the roles;` : 'the roles are made;',
    `start each target with DATABASE_URL_FILE=${path}/<target>.url,`,
    'commands such as wam keys rotate-kek with operator.url',
  ].join('\n');
}
