import { createCheckpointTable } from '@wam/event-store';
import {
  closeToTenants,
  type Kysely,
  type Migration,
  protectTenantRows,
  requestTenant,
  sql,
} from '@wam/service-kit/postgres';

const createAccounts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table account (
        id uuid primary key,
        email text not null constraint account_email_unique unique,
        password_hash text not null,
        username text not null,
        plan text not null,
        created_at timestamptz not null
      )`.execute(db);
    await sql`
      create table signing_key (
        kid text primary key,
        public_jwk jsonb not null,
        sealed_private_jwk bytea not null,
        created_at timestamptz not null,
        retired_at timestamptz
      )`.execute(db);
    await sql`
      create table outbox (
        position bigint generated always as identity primary key,
        event_id text not null unique,
        subject text not null,
        event text not null,
        created_at timestamptz not null default now()
      )`.execute(db);
  },
};

/** The version of an account that exists already is 1: its AccountRegistered. */
const extendAccounts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table account
        add column time_zone text not null default 'UTC',
        add column token_generation integer not null default 1,
        add column version integer not null default 1`.execute(db);
  },
};

const createUsage: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table message_usage (
        tenant uuid not null references account,
        day date not null,
        used integer not null check (used >= 0),
        primary key (tenant, day)
      ) with (fillfactor = 70)`.execute(db);
  },
};

const createApiKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table api_key (
        id text primary key,
        tenant uuid not null references account,
        name text not null,
        mode text not null check (mode in ('live', 'test')),
        scopes text[] not null,
        prefix text not null,
        hash bytea not null constraint api_key_hash_unique unique,
        created_at timestamptz not null,
        last_used_at timestamptz
      )`.execute(db);
    await sql`create index api_key_tenant on api_key (tenant, id)`.execute(db);
  },
};

const createRefreshTokens: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table refresh_family (
        id uuid primary key,
        tenant uuid not null references account,
        created_at timestamptz not null,
        expires_at timestamptz not null
      )`.execute(db);
    await sql`create index refresh_family_tenant on refresh_family (tenant)`.execute(db);
    await sql`
      create table refresh_token (
        hash bytea primary key,
        family uuid not null references refresh_family on delete cascade,
        expires_at timestamptz not null,
        spent_at timestamptz
      )`.execute(db);
    await sql`create index refresh_token_family on refresh_token (family)`.execute(db);
  },
};

const createSessionOwners: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table session_owner (
        session_id uuid primary key,
        tenant uuid not null,
        reserved_until timestamptz
      )`.execute(db);
    await sql`create index session_owner_tenant on session_owner (tenant)`.execute(db);
  },
};

const createAudit: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table audit_entry (
        id text primary key,
        tenant uuid not null,
        action text not null,
        actor text not null,
        subject text,
        request_id text not null,
        at timestamptz not null,
        details jsonb not null
      )`.execute(db);
    await sql`create index audit_entry_tenant on audit_entry (tenant, at desc, id desc)`.execute(db);
    await sql`
      create function refuse_audit_change() returns trigger language plpgsql as $$
      begin
        raise exception 'the audit log is append-only' using errcode = 'restrict_violation';
      end $$`.execute(db);
    await sql`
      create trigger audit_entry_append_only before update or delete or truncate on audit_entry
        for each statement execute function refuse_audit_change()`.execute(db);
  },
};

/** When a key verifies is derived: from its own start, its successor's, and the longest life of a token it signed. */
const planSigningKeys: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      alter table signing_key
        add column signs_from timestamptz,
        add column longest_token_ms bigint not null default 86400000`.execute(db);
    await sql`update signing_key set signs_from = created_at`.execute(db);
    await sql`
      alter table signing_key
        alter column signs_from set not null,
        alter column longest_token_ms drop default,
        drop column retired_at`.execute(db);
  },
};

/** `reserved_*`: what the request has taken of the daily quota, so that carrying it out again takes nothing more. */
const createOnces: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table once (
        tenant uuid not null references account,
        key_hash bytea not null,
        id text not null constraint once_id_unique unique,
        fingerprint bytea not null,
        attempt integer not null default 1,
        claimed_until timestamptz not null,
        answer bytea,
        reserved_day date,
        reserved_count integer not null default 0 check (reserved_count >= 0),
        created_at timestamptz not null,
        expires_at timestamptz not null,
        primary key (tenant, key_hash)
      )`.execute(db);
    await sql`create index once_expiry on once (expires_at)`.execute(db);
  },
};

const addPool: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`alter table account add column pool text`.execute(db);
  },
};

const protectTenants: Migration = {
  async up(db: Kysely<unknown>) {
    for (const table of ['message_usage', 'api_key', 'refresh_family', 'session_owner', 'audit_entry', 'once'])
      await protectTenantRows(db, table);
    await protectTenantRows(db, 'account', sql<boolean>`id = ${requestTenant}::uuid`);
    // A token belongs to whom its family belongs to, which the same wall decides.
    await protectTenantRows(
      db,
      'refresh_token',
      sql<boolean>`exists (select 1 from refresh_family where refresh_family.id = refresh_token.family)`,
    );
    // evt.account.<tenant>.<tenant>
    await protectTenantRows(db, 'outbox', sql<boolean>`split_part(subject, '.', 3) = ${requestTenant}`);
    await closeToTenants(db, 'signing_key');
  },
};

const createHolds: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table message_hold (
        tenant uuid not null references account,
        holder uuid not null,
        day date,
        count integer not null default 0 check (count >= 0),
        revision integer not null default 0,
        primary key (tenant, holder)
      )`.execute(db);
    await protectTenantRows(db, 'message_hold');
  },
};

const createReturns: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`
      create table message_return (
        message_id text primary key,
        tenant uuid not null,
        day date not null
      )`.execute(db);
    await sql`create index message_return_of_day on message_return (day)`.execute(db);
    await protectTenantRows(db, 'message_return');
  },
};

export const migrations: Readonly<Record<string, Migration>> = {
  '0001-create-accounts': createAccounts,
  '0002-extend-accounts': extendAccounts,
  '0003-create-usage': createUsage,
  '0004-create-api-keys': createApiKeys,
  '0005-create-refresh-tokens': createRefreshTokens,
  '0006-create-session-owners': createSessionOwners,
  '0007-create-audit': createAudit,
  '0008-plan-signing-keys': planSigningKeys,
  '0009-create-checkpoint': createCheckpointTable,
  '0010-create-onces': createOnces,
  '0011-add-pool': addPool,
  '0012-protect-tenants': protectTenants,
  '0013-create-message-holds': createHolds,
  '0014-create-message-returns': createReturns,
};
