/** Tables of the schema `analytics`. Unqualified names: the search path decides, so that a rebuild can fill a schema beside it. */
import { createCheckpointTable } from '@wam/event-store';
import { type Migration, protectTenantRows, sql } from '@wam/service-kit/postgres';
import { recountCampaigns } from './campaign/messages-table.ts';
import { rollUpCounters } from './counters/table.ts';

const createEventLog: Migration = {
  async up(db) {
    await sql`
      create table event_log (
        incarnation text not null,
        seq bigint not null,
        at timestamptz not null,
        subject text not null,
        type text not null,
        tenant uuid not null,
        id text not null,
        v integer not null,
        version bigint not null,
        correlation_id text not null,
        causation_id text not null,
        data jsonb not null,
        primary key (incarnation, seq, at)
      ) partition by range (at)`.execute(db);
    await sql`create table event_log_default partition of event_log default`.execute(db);
  },
};

const createMessageView: Migration = {
  async up(db) {
    // A message is updated about three times soon after its insert: the free space keeps those updates on its page (HOT), and no
    // index holds a column that they change.
    await sql`
      create table message_view (
        message_id text not null,
        tenant uuid not null,
        session_id uuid not null,
        wa_message_id text not null,
        direction text not null check (direction in ('out', 'in')),
        kind text not null,
        recipient text,
        excerpt text,
        status text not null,
        accepted_at timestamptz,
        sent_at timestamptz,
        delivered_at timestamptz,
        read_at timestamptz,
        failed_at timestamptz,
        error_code text,
        error_reason text,
        campaign_id text,
        primary key (message_id, tenant)
      ) with (fillfactor = 70)`.execute(db);
    await sql`
      create index message_view_failed on message_view (tenant, failed_at desc, message_id desc)
      where failed_at is not null`.execute(db);
    await sql`
      create index message_view_failed_of_session on message_view (tenant, session_id, failed_at desc, message_id desc)
      where failed_at is not null`.execute(db);
  },
};

const createCounters: Migration = {
  async up(db) {
    await sql`
      create table message_counter (
        tenant uuid not null,
        bucket_at timestamptz not null,
        session_id uuid not null,
        sent integer not null,
        delivered integer not null,
        read integer not null,
        failed integer not null,
        received integer not null,
        primary key (tenant, bucket_at, session_id)
      ) with (fillfactor = 50)`.execute(db);
    await sql`
      create table session_counter (
        tenant uuid not null,
        session_id uuid not null,
        sent bigint not null,
        received bigint not null,
        primary key (tenant, session_id)
      ) with (fillfactor = 50)`.execute(db);
  },
};

const createSessionView: Migration = {
  async up(db) {
    await sql`
      create table session_view (
        session_id uuid not null,
        tenant uuid not null,
        name text not null,
        description text not null,
        network text not null,
        pool text not null,
        phone text,
        status text not null,
        has_qr boolean not null,
        qr_expires_at timestamptz,
        reason text,
        created_at timestamptz not null,
        deleted boolean not null,
        primary key (tenant, session_id)
      ) with (fillfactor = 70)`.execute(db);
  },
};

/**
 * For lists of messages, newest first: by tenant, session, other side, and the failed ones. Columns that change after the insert stay
 * out of them but for `failed_at`, as in the indexes above, so that the updates of a sent message remain on their page.
 */
const indexMessageLists: Migration = {
  async up(db) {
    const order = sql`accepted_at desc, message_id desc`;
    await sql`create index message_view_of_tenant on message_view (tenant, direction, ${order})`.execute(db);
    await sql`create index message_view_of_session on message_view (tenant, session_id, direction, ${order})`.execute(
      db,
    );
    await sql`create index message_view_of_contact on message_view (tenant, recipient, direction, ${order})`.execute(
      db,
    );
    await sql`
      create index message_view_failed_by_acceptance on message_view (tenant, ${order})
      where failed_at is not null`.execute(db);
  },
};

/** Older sessions were created without. */
const addSessionMetadata: Migration = {
  async up(db) {
    await sql`alter table session_view add column metadata jsonb not null default '{}'`.execute(db);
  },
};

const createLatencies: Migration = {
  async up(db) {
    await sql`
      create table message_latency (
        tenant uuid not null,
        hour_at timestamptz not null,
        session_id uuid not null,
        histograms jsonb not null,
        primary key (tenant, hour_at, session_id)
      ) with (fillfactor = 50)`.execute(db);
  },
};

const createSessionConnections: Migration = {
  async up(db) {
    await sql`
      create table session_connection (
        tenant uuid not null,
        session_id uuid not null,
        connected_at timestamptz not null,
        disconnected_at timestamptz,
        cause text,
        primary key (tenant, session_id, connected_at)
      )`.execute(db);
  },
};

/** Incoming messages: reference, header of a file, and the sealed content, which is opened when somebody looks. */
const keepReceivedContent: Migration = {
  async up(db) {
    await sql`alter table message_view add column received text`.execute(db);
  },
};

const createUpkeep: Migration = {
  async up(db) {
    await sql`
      create table retention (
        only_row boolean primary key check (only_row),
        kept_from timestamptz not null
      )`.execute(db);
    await sql`
      create table rebuild (
        projection text primary key,
        status jsonb not null,
        updated_at timestamptz not null
      )`.execute(db);
  },
};

/** Nobody looks into the archive but a rebuild: json is stored as it comes, a third of the cost of taking it apart. */
const archiveAsJson: Migration = {
  async up(db) {
    await sql`alter table event_log alter column data type json using data::json`.execute(db);
  },
};

/** Counters of the messages that are there; the campaigns of before appear with their next event, or by a rebuild. */
const createCampaigns: Migration = {
  async up(db) {
    await sql`
      create table campaign_view (
        tenant uuid not null,
        campaign_id text not null,
        version bigint not null,
        name text not null,
        status text not null,
        reason_code text,
        reason_message text,
        total bigint not null,
        pending bigint not null,
        sent bigint not null,
        failed bigint not null,
        opted_out bigint not null,
        cancelled bigint not null,
        created_at timestamptz not null,
        started_at timestamptz,
        completed_at timestamptz,
        updated_at timestamptz not null,
        primary key (tenant, campaign_id)
      ) with (fillfactor = 70)`.execute(db);
    await sql`
      create table campaign_counter (
        tenant uuid not null,
        campaign_id text not null,
        sent bigint not null,
        delivered bigint not null,
        read bigint not null,
        failed bigint not null,
        primary key (tenant, campaign_id)
      ) with (fillfactor = 50)`.execute(db);
    await sql`insert into campaign_counter ${recountCampaigns('message_view')}`.execute(db);
  },
};

const protectTenants: Migration = {
  async up(db) {
    for (const table of [
      'event_log',
      'message_view',
      'message_counter',
      'session_counter',
      'session_view',
      'message_latency',
      'session_connection',
      'campaign_view',
      'campaign_counter',
    ])
      await protectTenantRows(db, table);
  },
};

const createRollups: Migration = {
  async up(db) {
    await sql`
      create table message_rollup (
        tenant uuid not null,
        span_minutes smallint not null,
        bucket_at timestamptz not null,
        session_id uuid not null,
        sent integer not null,
        delivered integer not null,
        read integer not null,
        failed integer not null,
        received integer not null,
        primary key (tenant, span_minutes, bucket_at, session_id)
      ) with (fillfactor = 50)`.execute(db);
    await sql`insert into message_rollup ${rollUpCounters('message_counter')}`.execute(db);
    await protectTenantRows(db, 'message_rollup');
  },
};

const addSessionRestriction: Migration = {
  async up(db) {
    await sql`
      alter table session_view add column restricted_at timestamptz, add column restricted_until timestamptz`.execute(
      db,
    );
  },
};

/** What an earlier release was ended at is gone through once more. */
const noteRetentionApplied: Migration = {
  async up(db) {
    await sql`alter table retention add column is_applied boolean not null default false`.execute(db);
  },
};

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-create-checkpoint': createCheckpointTable,
  '0002-create-event-log': createEventLog,
  '0003-create-message-view': createMessageView,
  '0004-create-counters': createCounters,
  '0005-create-session-view': createSessionView,
  '0006-index-message-lists': indexMessageLists,
  '0007-add-session-metadata': addSessionMetadata,
  '0008-create-latencies': createLatencies,
  '0009-create-session-connections': createSessionConnections,
  '0010-keep-received-content': keepReceivedContent,
  '0011-create-upkeep': createUpkeep,
  '0012-archive-as-json': archiveAsJson,
  '0013-create-campaigns': createCampaigns,
  '0014-protect-tenants': protectTenants,
  '0015-create-rollups': createRollups,
  '0016-add-session-restriction': addSessionRestriction,
  '0017-note-retention-applied': noteRetentionApplied,
};
