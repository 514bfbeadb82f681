import { partitionOf } from '@wam/contracts';
import { closeToTenants, type Migration, protectTenantRows, sql, unnestRows } from '@wam/service-kit/postgres';

const createEngineTables: Migration = {
  async up(db) {
    await sql`create table pool_fence (
      pool text primary key,
      epoch int8 not null,
      claimed_at timestamptz not null)`.execute(db);
    await sql`create table wa_session (
      id uuid primary key,
      tenant uuid not null,
      pool text not null,
      network text not null,
      name text not null,
      status text not null,
      creds bytea,
      owner_epoch int8 not null default 0,
      deleted_at timestamptz)`.execute(db);
    await sql`create index wa_session_of_pool on wa_session (pool) where deleted_at is null`.execute(db);
    await sql`create table signal_key (
      session_id uuid not null,
      type text not null,
      id text not null,
      sealed bytea not null,
      primary key (session_id, type, id))`.execute(db);
    await sql`create table outbound (
      message_id text primary key,
      position int8 generated always as identity,
      tenant uuid not null,
      session_id uuid not null,
      pool text not null,
      wa_message_id text not null,
      state text not null check (state in ('waiting', 'sent', 'failed')),
      sealed bytea not null,
      accepted_at timestamptz not null,
      not_after timestamptz,
      correlation_id text not null,
      campaign_id text,
      failure_code text,
      failure_details jsonb)`.execute(db);
    // Partial: the table keeps days of finished messages, the queue in it is short.
    await sql`create index outbound_waiting on outbound (session_id, position) where state = 'waiting'`.execute(db);
    await sql`create index outbound_deadline on outbound (pool, not_after) where state = 'waiting'`.execute(db);
    await sql`create unique index outbound_wa_message on outbound (session_id, wa_message_id)`.execute(db);
    await sql`create index outbound_finished on outbound (accepted_at) where state <> 'waiting'`.execute(db);
  },
};

const createEventOutbox: Migration = {
  async up(db) {
    await sql`create table event_outbox (
      session_id uuid not null,
      event_id text not null,
      position int8 generated always as identity,
      event text not null,
      primary key (session_id, event_id))`.execute(db);
  },
};

const addPartitions = (partitionCount: number): Migration => ({
  async up(db) {
    await sql`create table installation (
      only_row boolean primary key default true check (only_row),
      partition_count int4 not null)`.execute(db);
    await sql`drop table pool_fence`.execute(db);
    await sql`create table partition_fence (
      pool text not null,
      partition int4 not null,
      epoch int8 not null,
      member text not null,
      bucket_created_at timestamptz not null,
      revision int8 not null,
      claimed_at timestamptz not null,
      primary key (pool, partition))`.execute(db);
    // Epochs begin again: those of whole pools ended with the engines of that release.
    const { rows } = await sql<{ id: string }>`select id from wa_session`.execute(db);
    const placed = rows.map(({ id }) => ({ id, partition: partitionOf(id, partitionCount) }));
    await sql`alter table wa_session add column partition int4`.execute(db);
    await sql`alter table outbound add column partition int4`.execute(db);
    if (placed.length > 0) {
      await sql`update wa_session s set partition = placed.partition, owner_epoch = 0
        from ${unnestRows({ id: 'uuid', partition: 'int4' }, placed, 'placed')} where s.id = placed.id`.execute(db);
      await sql`update outbound o set partition = s.partition from wa_session s where s.id = o.session_id`.execute(db);
    }
    await sql`update outbound set partition = 0 where partition is null`.execute(db);
    await sql`alter table wa_session alter column partition set not null`.execute(db);
    await sql`alter table outbound alter column partition set not null`.execute(db);
    await sql`drop index wa_session_of_pool`.execute(db);
    await sql`create index wa_session_of_partition on wa_session (pool, partition)`.execute(db);
    await sql`drop index outbound_deadline`.execute(db);
    await sql`create index outbound_waiting_of_partition on outbound (pool, partition, not_after)
      where state = 'waiting'`.execute(db);
  },
});

const protectTenants: Migration = {
  async up(db) {
    for (const table of ['wa_session', 'outbound']) await protectTenantRows(db, table);
    // Keys and events belong to whom their session belongs to, which the same wall decides.
    for (const table of ['signal_key', 'event_outbox'])
      await protectTenantRows(
        db,
        table,
        sql<boolean>`exists (select 1 from wa_session where wa_session.id = ${sql.ref(`${table}.session_id`)})`,
      );
    for (const table of ['partition_fence', 'installation']) await closeToTenants(db, table);
  },
};

/**
 * Of sessions that are there, as much as the table knows: it is read only when the first events have left the log, 90 days after. The phone
 * comes back with the next login. A row that nothing was noted of yet has no event.
 */
const keepSessionState: Migration = {
  async up(db) {
    await sql`alter table wa_session add column state jsonb`.execute(db);
    await sql`
      update wa_session set state = jsonb_build_object(
        'kind', status, 'name', name, 'description', '', 'metadata', '{}'::jsonb, 'network', network, 'pool', pool)
        || case status when 'reconnecting' then '{"attempt": 1}' when 'disconnected' then '{"cause": "unknown"}'
          when 'error' then '{"cause": "unknown"}' else '{}' end::jsonb
      where status <> 'connecting' or creds is not null`.execute(db);
  },
};

const noteQuotaDay: Migration = {
  async up(db) {
    await sql`alter table outbound add column counted_on date`.execute(db);
  },
};

export const engineMigrations = (partitionCount: number): Readonly<Record<string, Migration>> => ({
  '0001-create-engine-tables': createEngineTables,
  '0003-create-event-outbox': createEventOutbox,
  '0004-add-partitions': addPartitions(partitionCount),
  '0005-protect-tenants': protectTenants,
  '0006-keep-session-state': keepSessionState,
  '0007-note-quota-day': noteQuotaDay,
});
