import { createCheckpointTable } from '@wam/event-store';
import { closeToTenants, type Migration, protectTenantRows } from '@wam/service-kit/postgres';
import { sql } from 'kysely';
import { migrateToLanes } from './migrate-to-lanes.ts';

const protectTenants: Migration = {
  async up(db) {
    for (const table of [
      'campaign',
      'campaign_recipient',
      'campaign_sender',
      'campaign_event',
      'campaign_problem',
      'session_lane',
      'suppression',
      'opt_out_words',
    ])
      await protectTenantRows(db, table);
    await closeToTenants(db, 'contact_key');
  },
};

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-create-campaigns': {
    async up(db) {
      await sql`
        create table campaign (
          campaign_id text primary key,
          tenant uuid not null,
          session_id uuid not null,
          pool text not null,
          correlation_id text not null,
          message bytea not null,
          delay_ms integer not null,
          total integer not null,
          status text not null default 'running' check (status in ('running', 'completed')),
          created_at timestamptz not null,
          not_after timestamptz not null,
          next_send_at timestamptz not null,
          completed_at timestamptz,
          started_published_at timestamptz,
          completed_published_at timestamptz
        )`.execute(db);
      await sql`create index campaign_due on campaign (next_send_at) where status = 'running'`.execute(db);
      await sql`
        create index campaign_unpublished on campaign (created_at)
        where started_published_at is null or (status = 'completed' and completed_published_at is null)`.execute(db);
      await sql`
        create table campaign_recipient (
          campaign_id text not null references campaign on delete cascade,
          position integer not null,
          tenant uuid not null,
          message_id text not null,
          duplicate_of integer,
          contact bytea not null,
          state text not null default 'pending' check (state in ('pending', 'queued', 'sent', 'failed')),
          error_code text,
          updated_at timestamptz not null,
          primary key (campaign_id, position)
        )`.execute(db);
      // Only what is still open: a campaign's next recipients, and whether any are left, are found however long it is.
      await sql`
        create index campaign_recipient_open on campaign_recipient (campaign_id, state, position)
        where state in ('pending', 'queued')`.execute(db);
      await sql`create index campaign_recipient_message on campaign_recipient (message_id)`.execute(db);
    },
  },
  '0002-create-checkpoint': createCheckpointTable,
  '0003-give-sessions-lanes': migrateToLanes,
  /** Noted by earlier releases at a refused message; from here on the engine tells when it begins and ends. */
  '0004-forget-restrictions': {
    async up(db) {
      await sql`update session_lane set restricted = false where restricted`.execute(db);
    },
  },
  '0005-protect-tenants': protectTenants,
  '0006-mark-erased-recipients': {
    async up(db) {
      await sql`alter table campaign_recipient add column erased boolean not null default false`.execute(db);
    },
  },
  /** What lanes hold by then was counted otherwise, and is not given back: 20 of each session at most, once. */
  '0007-hold-messages': {
    async up(db) {
      await sql`
        alter table session_lane
          add column credit_held integer not null default 0,
          add column credit_revision integer not null default 0,
          add column credit_owed boolean not null default false`.execute(db);
      await sql`update session_lane set credit = 0, credit_day = null where credit_day is not null`.execute(db);
    },
  },
  '0008-keep-ends-of-restrictions': {
    async up(db) {
      await sql`alter table session_lane add column restricted_until timestamptz`.execute(db);
    },
  },
  '0009-note-quota-day': {
    async up(db) {
      await sql`alter table campaign_recipient add column counted_on date`.execute(db);
    },
  },
  /** Both columns in one direction: a page begins where the last one ended, however many numbers were added at one moment. */
  '0010-order-suppressions': {
    async up(db) {
      await sql`drop index suppression_newest`.execute(db);
      await sql`create index suppression_newest on suppression (tenant, created_at, contact_hash)`.execute(db);
    },
  },
};
