/**
 * Watches from within Postgres whether an engine writes about a session that another one owns. It knows the writer by the name of its
 * connection and the owner by the fence, so it does not rely on the epochs that the writer claims to have.
 */
import { sql } from '@wam/service-kit/postgres';
import type { AnyDatabase } from './installation.ts';

const connectionPrefix = 'wam-engine ';

export async function watchStaleWrites(db: AnyDatabase): Promise<void> {
  await sql`create table stale_write (at timestamptz, relation text, session_id uuid, writer text, owner text)`.execute(
    db,
  );
  await sql`create table checked_writes (relation text, session_id uuid)`.execute(db);
  await sql
    .raw(`create function check_writer() returns trigger language plpgsql as $$
      declare
        session uuid;
        owner text;
        writer text := substring(current_setting('application_name') from ${connectionPrefix.length + 1});
      begin
        if tg_table_name = 'wa_session' then session := new.id;
        elsif tg_op = 'DELETE' then session := old.session_id;
        else session := new.session_id; end if;
        select f.member into owner from wa_session s
          join partition_fence f on f.pool = s.pool and f.partition = s.partition where s.id = session;
        if owner is distinct from writer then
          insert into stale_write values (clock_timestamp(), tg_table_name, session, writer, owner);
        end if;
        insert into checked_writes values (tg_table_name, session);
        return null;
      end $$`)
    .execute(db);
  const after = (events: string, table: string) =>
    sql
      .raw(`create trigger check_writer after ${events} on ${table} for each row execute function check_writer()`)
      .execute(db);
  await after('insert or update or delete', 'signal_key');
  await after('update of creds, status, deleted_at', 'wa_session');
  await after('update of state', 'outbound');
}

export async function countStaleWrites(db: AnyDatabase): Promise<{ checked: number; stale: unknown[] }> {
  const checked = await sql<{ count: number }>`select count(*) from checked_writes`.execute(db);
  const stale = await sql`select * from stale_write order by at limit 20`.execute(db);
  return { checked: checked.rows[0]!.count, stale: stale.rows };
}
