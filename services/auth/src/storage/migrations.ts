import { type Kysely, type Migration, sql } from '@wam/service-kit/postgres';

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

export const migrations: Readonly<Record<string, Migration>> = { '0001-create-accounts': createAccounts };
