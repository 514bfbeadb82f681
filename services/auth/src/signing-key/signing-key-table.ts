import type { Sealer } from '@wam/service-kit';
import { type Kysely, type Selectable, sql } from '@wam/service-kit/postgres';
import type { JWK } from 'jose';
import type { AuthTables } from '../storage/schema.ts';
import type { GeneratedKey } from './generate-signing-key.ts';
import type { KeyTimes } from './key-times.ts';

export interface StoredSigningKey extends KeyTimes {
  publicJwk: JWK;
  /** @throws Error when the private half was sealed under another key-encryption key */
  openPrivateJwk(): JWK;
}

/** Any constant will do, as long as nobody else in this database takes it: the ASCII codes of "wam" and "key". */
const advisoryLock = 0x77616d6b6579;
export const signingKeyContext = (kid: string) => ({ tenant: 'platform', purpose: 'signing-key', id: kid });

/** Until the transaction ends, nobody else adds or removes keys. */
export async function lockSigningKeys(trx: Kysely<AuthTables>): Promise<void> {
  await sql`select pg_advisory_xact_lock(${advisoryLock}::bigint)`.execute(trx);
}

export async function readSigningKeys(db: Kysely<AuthTables>, sealer: Sealer): Promise<StoredSigningKey[]> {
  const rows = await db.selectFrom('signing_key').selectAll().orderBy('signs_from').execute();
  return rows.map((row) => ({
    kid: row.kid,
    publicJwk: row.public_jwk,
    signsFromMs: row.signs_from.getTime(),
    longestTokenMs: row.longest_token_ms,
    openPrivateJwk: () => openPrivateJwk(sealer, row),
  }));
}

export async function insertSigningKey(
  db: Kysely<AuthTables>,
  sealer: Sealer,
  key: GeneratedKey & { createdAt: Date; signsFrom: Date; longestTokenMs: number },
): Promise<void> {
  await db
    .insertInto('signing_key')
    .values({
      kid: key.kid,
      public_jwk: JSON.stringify(key.publicJwk),
      sealed_private_jwk: sealer.seal(signingKeyContext(key.kid), JSON.stringify(key.privateJwk)),
      created_at: key.createdAt,
      signs_from: key.signsFrom,
      longest_token_ms: key.longestTokenMs,
    })
    .execute();
}

/** Tokens of this life are about to be signed with whichever key. */
export async function raiseLongestToken(db: Kysely<AuthTables>, tokenMs: number): Promise<void> {
  await db
    .updateTable('signing_key')
    .set({ longest_token_ms: tokenMs })
    .where('longest_token_ms', '<', tokenMs)
    .execute();
}

export async function deleteSigningKeys(db: Kysely<AuthTables>, kids: readonly string[]): Promise<void> {
  if (kids.length > 0)
    await db
      .deleteFrom('signing_key')
      .where('kid', 'in', [...kids])
      .execute();
}

function openPrivateJwk(sealer: Sealer, row: Selectable<AuthTables['signing_key']>): JWK {
  try {
    return JSON.parse(sealer.open(signingKeyContext(row.kid), row.sealed_private_jwk).toString('utf8')) as JWK;
  } catch (cause) {
    throw new Error(`Signing key ${row.kid} cannot be opened: WAM_KEK is not the one it was sealed under`, { cause });
  }
}
