/** The roles of an installation in Postgres: one per service, which reaches its own schema and no other. Pure. */

/** Schemas of each target that stores. Analytics makes and drops those of a rebuild itself. */
export const schemaOfTarget = {
  auth: 'auth',
  'session-engine': 'engine',
  dispatcher: 'dispatcher',
  analytics: 'analytics',
  webhooks: 'webhooks',
} as const;
export type StoringTarget = keyof typeof schemaOfTarget;
export const storingTargets = Object.keys(schemaOfTarget) as StoringTarget[];

/** `operator` is for `wam keys rotate-kek`, `wam doctor` and backups: a member of the others. */
export type DatabaseUser = StoringTarget | 'operator';
export const databaseUsers: readonly DatabaseUser[] = [...storingTargets, 'operator'];

/** Roles belong to the whole server, so two installations on one need two prefixes. */
export const roleOf = (user: DatabaseUser, prefix: string): string => `${prefix}_${user.replaceAll('-', '_')}`;

export interface RoleOptions {
  /** The database of the installation. */
  database: string;
  /** Default `wam`. */
  prefix?: string;
  /** SQL of the password of a user, or of its verifier: a literal, or a variable of psql. */
  passwordOf: (user: DatabaseUser) => string;
}

/**
 * Statements for an administrator of the database, safe to repeat. What an installation has already made under another role goes over to
 * the roles.
 */
export function rolesSql({ database, prefix = 'wam', passwordOf }: RoleOptions): string {
  const role = (user: DatabaseUser) => identifier(roleOf(user, prefix));
  const onDatabase = `on database ${identifier(database)}`;
  return [
    `revoke all ${onDatabase} from public;`,
    'revoke create on schema public from public;',
    ...databaseUsers.flatMap((user) => [
      '',
      createIfMissing(roleOf(user, prefix)),
      withoutPowers(roleOf(user, prefix)),
      `alter role ${role(user)} login password ${passwordOf(user)};`,
      `grant connect ${onDatabase} to ${role(user)};`,
    ]),
    ...storingTargets.flatMap((target) => [
      '',
      `create schema if not exists ${schemaOfTarget[target]};`,
      `alter schema ${schemaOfTarget[target]} owner to ${role(target)};`,
      handOver(schemaOfTarget[target], roleOf(target, prefix)),
      ...requestRole(schemaOfTarget[target], roleOf(target, prefix)),
    ]),
    '',
    '-- Rebuilds fill a schema of their own.',
    `grant create ${onDatabase} to ${role('analytics')};`,
    `grant ${storingTargets.map(role).join(', ')} to ${role('operator')};`,
    '',
  ].join('\n');
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`;

/** Into which a service changes for the request of one tenant: row-level security binds it. What it may use follows the tables, new ones too. */
function requestRole(schema: string, owner: string): string[] {
  const [name, ofOwner] = [`${owner}_tenant`, identifier(owner)];
  const rights = 'select, insert, update, delete';
  return [
    createIfMissing(name),
    withoutPowers(name),
    `alter role ${identifier(name)} nologin;`,
    `grant ${identifier(name)} to ${ofOwner};`,
    `grant usage on schema ${schema} to ${identifier(name)};`,
    `grant ${rights} on all tables in schema ${schema} to ${identifier(name)};`,
    `alter default privileges for role ${ofOwner} grant ${rights} on tables to ${identifier(name)};`,
  ];
}

/** An administrator who is no superuser hands things over only to roles of which he is a member. */
const createIfMissing = (role: string): string => `do $$ begin
  if not exists (select from pg_roles where rolname = ${literal(role)}) then create role ${identifier(role)}; end if;
  if not (select rolsuper from pg_roles where rolname = current_user) then grant ${identifier(role)} to current_user; end if;
end $$;`;

const powers = ['super', 'createdb', 'createrole', 'replication', 'bypassrls'];
/** Row-level security binds no superuser. Who is none may not say `nosuperuser` either, of anybody: what such a one finds it refuses. */
const withoutPowers = (role: string): string => `do $$ begin
  if exists (select from pg_roles where rolname = ${literal(role)} and (${powers.map((power) => `rol${power}`).join(' or ')})) then
    if not (select rolsuper from pg_roles where rolname = current_user) then raise exception 'role % has powers that no service may have', ${literal(role)}; end if;
    alter role ${identifier(role)} nosuperuser nocreatedb nocreaterole noreplication nobypassrls;
  end if;
end $$;`;

const handOver = (schema: string, role: string): string => `do $$ declare statement text; begin
  for statement in
    select format('alter table %I.%I owner to %I', nspname, relname, ${literal(role)})
      from pg_class join pg_namespace on pg_namespace.oid = relnamespace
      where nspname = ${literal(schema)} and relkind in ('r', 'p', 'v') and pg_get_userbyid(relowner) <> ${literal(role)}
    union all
    select format('alter routine %s owner to %I', pg_proc.oid::regprocedure, ${literal(role)})
      from pg_proc join pg_namespace on pg_namespace.oid = pronamespace
      where nspname = ${literal(schema)} and pg_get_userbyid(proowner) <> ${literal(role)}
  loop execute statement; end loop;
end $$;`;
