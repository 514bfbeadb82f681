/** Makes the roles of an installation in its database, of what `wam database credentials` wrote. */
import { createDatabase, sql } from '@wam/service-kit/postgres';
import Type, { type Static } from 'typebox';
import { Value } from 'typebox/value';
import { type DatabaseUser, databaseUsers, literal, rolesSql } from './database-roles.ts';

const verifier = Type.String({ pattern: '^SCRAM-SHA-256\\$' });
const roleVerifiersSchema = Type.Object(
  {
    prefix: Type.String({ minLength: 1 }),
    verifiers: Type.Object(
      Object.fromEntries(databaseUsers.map((user) => [user, verifier])) as Record<DatabaseUser, typeof verifier>,
      { additionalProperties: false },
    ),
  },
  { additionalProperties: false },
);
/** What a role is made of. Whoever has it cannot connect with it. */
export type RoleVerifiers = Static<typeof roleVerifiersSchema>;

export const printRoleVerifiers = (roles: RoleVerifiers): string => `${JSON.stringify(roles, null, 2)}\n`;

/** @returns undefined when it is not a file of `wam database credentials` of this release */
export function parseRoleVerifiers(text: string): RoleVerifiers | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return Value.Check(roleVerifiersSchema, parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** One transaction; safe to repeat. @param url of an administrator: a superuser, or the owner of the database with CREATEROLE */
export async function makeRoles(url: string, { prefix, verifiers }: RoleVerifiers): Promise<void> {
  await using db = createDatabase<unknown>({ url, schema: 'public', applicationName: 'wam-database-roles', max: 1 });
  const { rows } = await sql<{ database: string }>`select current_database() as database`.execute(db);
  const script = rolesSql({
    database: rows[0]?.database ?? '',
    prefix,
    passwordOf: (user) => literal(verifiers[user]),
  });
  await db.transaction().execute((trx) => sql.raw(script).execute(trx));
}
