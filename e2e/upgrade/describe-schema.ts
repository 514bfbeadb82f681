/** What the catalogue of Postgres says of some schemas. Partitions are left out: they follow the calendar. */
import { createDatabase, sql } from '@wam/service-kit/postgres';

const queries: Readonly<Record<string, string>> = {
  columns: `select format('%s.%s.%s', n.nspname, c.relname, a.attname) as name,
      format('%s %s %s%s%s', format_type(a.atttypid, a.atttypmod), case when a.attnotnull then 'not null' else 'null' end,
        a.attidentity, a.attgenerated, (select pg_get_expr(d.adbin, d.adrelid) from pg_attrdef d
          where d.adrelid = c.oid and d.adnum = a.attnum)) as definition
    from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition and a.attnum > 0 and not a.attisdropped`,
  tables: `select format('%s.%s', n.nspname, c.relname) as name,
      format('%s %s %s %s', c.relkind, c.relrowsecurity, c.relforcerowsecurity, c.reloptions) as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'S') and not c.relispartition`,
  indexes: `select format('%s.%s', n.nspname, c.relname) as name, pg_get_indexdef(c.oid) as definition
    from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('i', 'I') and not c.relispartition`,
  constraints: `select format('%s.%s.%s', n.nspname, c.relname, o.conname) as name, pg_get_constraintdef(o.oid) as definition
    from pg_constraint o join pg_class c on c.oid = o.conrelid join pg_namespace n on n.oid = c.relnamespace
    where not c.relispartition`,
  policies: `select format('%s.%s.%s', n.nspname, c.relname, p.polname) as name,
      format('%s %s %s', p.polcmd, pg_get_expr(p.polqual, c.oid), pg_get_expr(p.polwithcheck, c.oid)) as definition
    from pg_policy p join pg_class c on c.oid = p.polrelid join pg_namespace n on n.oid = c.relnamespace
    where not c.relispartition`,
  functions: `select format('%s.%s', n.nspname, f.proname) as name, pg_get_functiondef(f.oid) as definition
    from pg_proc f join pg_namespace n on n.oid = f.pronamespace where f.prokind in ('f', 'p')`,
  triggers: `select format('%s.%s.%s', n.nspname, c.relname, t.tgname) as name, pg_get_triggerdef(t.oid) as definition
    from pg_trigger t join pg_class c on c.oid = t.tgrelid join pg_namespace n on n.oid = c.relnamespace
    where not t.tgisinternal and not c.relispartition`,
};

export type SchemaDescription = Record<string, Record<string, string>>;

/** By kind and name. */
export async function describeSchema(url: string, schemas: readonly string[]): Promise<SchemaDescription> {
  await using db = createDatabase<unknown>({ url, schema: 'public', applicationName: 'upgrade', max: 1 });
  const described: SchemaDescription = {};
  for (const [kind, query] of Object.entries(queries)) {
    const { rows } = await sql<{ name: string; definition: string }>`
      select name, definition from (${sql.raw(query)} and n.nspname = any(${schemas}::text[])) found order by name`.execute(
      db,
    );
    described[kind] = Object.fromEntries(rows.map(({ name, definition }) => [name, definition]));
  }
  return described;
}
