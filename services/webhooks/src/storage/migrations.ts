/** Tables of the schema `webhooks`. */
import { createCheckpointTable } from '@wam/event-store';
import { closeToTenants, type Migration, protectTenantRows, sql } from '@wam/service-kit/postgres';

const createWebhook: Migration = {
  async up(db) {
    await sql`
      create table webhook (
        id text primary key,
        tenant uuid not null,
        url text not null,
        description text not null,
        event_types text[] not null,
        session_id uuid,
        ordered boolean not null,
        mode text not null check (mode in ('live', 'test')),
        sealed_secret bytea not null,
        sealed_previous_secret bytea,
        previous_secret_until timestamptz,
        header_names text[] not null,
        sealed_headers bytea not null,
        status text not null check (status in ('active', 'paused', 'disabled', 'deleted')),
        disabled_reason text,
        failing_since timestamptz,
        created_at timestamptz not null,
        updated_at timestamptz not null,
        revision integer not null default 1,
        leased_by text,
        leased_until timestamptz
      )`.execute(db);
    await sql`create index webhook_of_tenant on webhook (tenant, id)`.execute(db);
  },
};

const createDelivery: Migration = {
  async up(db) {
    await sql`
      create table delivery (
        webhook_id text not null,
        id text not null,
        tenant uuid not null,
        position bigint generated always as identity,
        event_id text not null,
        type text not null,
        session_id uuid,
        sealed_body bytea not null,
        ordered boolean not null,
        status text not null check (status in ('pending', 'delivered', 'failed')),
        attempts integer not null default 0,
        tries integer not null default 0,
        created_at timestamptz not null,
        next_attempt_at timestamptz,
        ended_at timestamptz,
        http_status integer,
        duration_ms integer,
        error text,
        primary key (webhook_id, id)
      )`.execute(db);
    // What waits, and only that: a delivery leaves both when it ends.
    await sql`
      create index delivery_due on delivery (webhook_id, next_attempt_at)
      where status = 'pending' and not ordered`.execute(db);
    await sql`
      create index delivery_in_order on delivery (webhook_id, position)
      where status = 'pending' and ordered`.execute(db);
    await sql`
      create index delivery_failed on delivery (webhook_id, id desc) where status = 'failed'`.execute(db);
    await sql`
      create table attempt (
        webhook_id text not null,
        delivery_id text not null,
        number integer not null,
        at timestamptz not null,
        http_status integer,
        duration_ms integer not null,
        error text,
        sealed_excerpt bytea,
        primary key (webhook_id, delivery_id, number)
      )`.execute(db);
  },
};

const createSession: Migration = {
  async up(db) {
    await sql`
      create table session (
        tenant uuid not null,
        session_id uuid not null,
        name text not null,
        network text not null,
        metadata jsonb not null,
        phone text,
        lid text,
        primary key (tenant, session_id)
      )`.execute(db);
  },
};

const createOutbox: Migration = {
  async up(db) {
    await sql`
      create table outbox (
        position bigint generated always as identity primary key,
        event_id text not null,
        subject text not null,
        type text not null,
        event text not null
      )`.execute(db);
  },
};

/** The last attempt is in the row of its delivery: most need no other, and cost one row less. `attempt` holds the ones before. */
const keepLastAttempt: Migration = {
  async up(db) {
    await sql`alter table delivery add column attempted_at timestamptz, add column sealed_excerpt bytea`.execute(db);
  },
};

const protectTenants: Migration = {
  async up(db) {
    for (const table of ['webhook', 'delivery', 'session']) await protectTenantRows(db, table);
    // An attempt belongs to whom its delivery belongs to, which the same wall decides.
    const ofOwnDelivery = sql<boolean>`exists (
      select 1 from delivery where delivery.webhook_id = attempt.webhook_id and delivery.id = attempt.delivery_id)`;
    await protectTenantRows(db, 'attempt', ofOwnDelivery);
  },
};

/** No request of a customer writes to it: switching off is the platform's own doing. */
const closeOutbox: Migration = {
  up: (db) => closeToTenants(db, 'outbox'),
};

/** Rows that are there keep their bodies. A page is ciphertext: to compress it is lost labour. */
const createBodyPage: Migration = {
  async up(db) {
    await sql`
      create table body_page (
        id text primary key,
        tenant uuid not null,
        created_at timestamptz not null,
        sealed_bodies bytea not null
      )`.execute(db);
    await sql`alter table body_page alter column sealed_bodies set storage external`.execute(db);
    await sql`create index body_page_of_tenant on body_page (tenant, id)`.execute(db);
    await sql`create index body_page_age on body_page (created_at)`.execute(db);
    await protectTenantRows(db, 'body_page');
    await sql`
      alter table delivery
        add column body_page text,
        add column body_start integer,
        add column body_length integer`.execute(db);
  },
};

/** One that its owner had paused when the plan switched it off is paused again with the next one. */
const rememberPause: Migration = {
  async up(db) {
    await sql`alter table webhook add column was_paused boolean not null default false`.execute(db);
  },
};

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-create-checkpoint': createCheckpointTable,
  '0002-create-webhook': createWebhook,
  '0003-create-delivery': createDelivery,
  '0004-create-session': createSession,
  '0005-create-outbox': createOutbox,
  '0006-keep-last-attempt': keepLastAttempt,
  '0007-protect-tenants': protectTenants,
  '0008-close-outbox': closeOutbox,
  '0009-create-body-page': createBodyPage,
  '0010-remember-pause': rememberPause,
};
