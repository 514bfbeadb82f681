import type { ColumnType, Generated } from '@wam/service-kit/postgres';
import type { JWK } from 'jose';

/** Tables of the Postgres schema `auth`. */
export interface AuthTables {
  account: {
    id: string;
    email: string;
    password_hash: string;
    username: string;
    plan: string;
    created_at: Date;
  };
  signing_key: {
    kid: string;
    public_jwk: ColumnType<JWK, string, never>;
    sealed_private_jwk: Buffer;
    created_at: Date;
    retired_at: Date | null;
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
