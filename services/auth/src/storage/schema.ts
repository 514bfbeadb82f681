import type { CheckpointTable } from '@wam/event-store';
import type { ColumnType, Generated } from '@wam/service-kit/postgres';
import type { JWK } from 'jose';

/** Tables of the Postgres schema `auth`. `tenant` is the account's id. */
export interface AuthTables extends CheckpointTable {
  account: {
    id: string;
    email: string;
    password_hash: string;
    username: string;
    plan: string;
    /** Dedicated pool; null for the shared one. */
    pool: string | null;
    created_at: Date;
    /** IANA name. */
    time_zone: Generated<string>;
    /** Access tokens of a lower one are refused. */
    token_generation: Generated<number>;
    /** Of its last event. */
    version: Generated<number>;
  };
  /** Requests under an Idempotency-Key. */
  once: {
    tenant: string;
    /** SHA-256 of the key. */
    key_hash: Buffer;
    /** ULID: `ServiceRequest.idempotencyId`. */
    id: string;
    /** SHA-256 of operation and input. */
    fingerprint: Buffer;
    attempt: Generated<number>;
    /** Whoever carries it out is given up after this. */
    claimed_until: Date;
    /** Sealed reply, once there is one for good. */
    answer: Buffer | null;
    reserved_day: string | null;
    reserved_count: Generated<number>;
    created_at: Date;
    expires_at: Date;
  };
  /** Part of the usage: counted for a holder who uses it up later. */
  message_hold: {
    tenant: string;
    holder: string;
    day: string | null;
    count: Generated<number>;
    revision: Generated<number>;
  };
  /** Messages that failed and were given back to their day, for some days: none is given back twice. */
  message_return: { message_id: string; tenant: string; day: string };
  /** A quota per account and calendar day. */
  message_usage: { tenant: string; day: string; used: number };
  api_key: {
    /** `key_` + ULID: ordered by creation. */
    id: string;
    tenant: string;
    name: string;
    mode: 'live' | 'test';
    scopes: string[];
    prefix: string;
    /** SHA-256 of the whole key. */
    hash: Buffer;
    created_at: Date;
    last_used_at: Date | null;
  };
  /** One login, with all refresh tokens that descend from it. Ending the login deletes the row. */
  refresh_family: {
    id: string;
    tenant: string;
    created_at: Date;
    /** Of its newest token. */
    expires_at: Date;
  };
  refresh_token: {
    /** SHA-256 of the token. */
    hash: Buffer;
    family: string;
    expires_at: Date;
    spent_at: Date | null;
  };
  /** Sessions that count against the plan. */
  session_owner: {
    session_id: string;
    tenant: string;
    /** Null once the session exists; before, the place is free again after this. */
    reserved_until: Date | null;
  };
  /** Append-only: a trigger refuses every change. */
  audit_entry: {
    id: string;
    tenant: string;
    action: string;
    actor: string;
    subject: string | null;
    request_id: string;
    at: Date;
    details: ColumnType<Record<string, unknown>, string, never>;
  };
  signing_key: {
    kid: string;
    public_jwk: ColumnType<JWK, string, never>;
    sealed_private_jwk: Buffer;
    created_at: Date;
    /** In the future while the key is only published. */
    signs_from: Date;
    /** Longest life that any process gave to a token of this key. */
    longest_token_ms: number;
  };
  outbox: {
    /** Order of writing. */
    position: Generated<number>;
    event_id: string;
    subject: string;
    /** The event envelope, JSON. */
    event: string;
    created_at: Generated<Date>;
  };
}
export const authSchema = 'auth';
