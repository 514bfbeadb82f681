import type { Sealer } from '@wam/service-kit';
import { inTransaction, type Kysely, sql } from '@wam/service-kit/postgres';
import type { JWK } from 'jose';
import type { AuthTables } from '../storage/schema.ts';

export interface SigningKey {
  kid: string;
  publicJwk: JWK;
  privateJwk: JWK;
}

export interface SigningKeyStore {
  /** The key that signs now; `generate` is stored as the first one when there is none. One key, however many processes ask at once. */
  current(generate: () => Promise<SigningKey>): Promise<SigningKey>;
  /** Public halves that verify: those in use, and retired ones until no token under them can be alive. */
  published(retiredAfter: Date): Promise<JWK[]>;
}

/** Any constant will do, as long as nobody else in this database takes it: the ASCII codes of "wam" and "key". */
const advisoryLock = 0x77616d6b6579;
const sealContext = (kid: string) => ({ tenant: 'platform', purpose: 'signing-key', id: kid });

export function createSigningKeyStore(db: Kysely<AuthTables>, sealer: Sealer, now: () => Date): SigningKeyStore {
  return {
    current: (generate) =>
      inTransaction(db, async (trx) => {
        await sql`select pg_advisory_xact_lock(${advisoryLock}::bigint)`.execute(trx);
        const row = await trx
          .selectFrom('signing_key')
          .selectAll()
          .where('retired_at', 'is', null)
          .orderBy('created_at', 'desc')
          .executeTakeFirst();
        if (row) {
          const { kid, public_jwk: publicJwk } = row;
          return { kid, publicJwk, privateJwk: openPrivateJwk(sealer, kid, row.sealed_private_jwk) };
        }
        const key = await generate();
        await trx
          .insertInto('signing_key')
          .values({
            kid: key.kid,
            public_jwk: JSON.stringify(key.publicJwk),
            sealed_private_jwk: sealer.seal(sealContext(key.kid), JSON.stringify(key.privateJwk)),
            created_at: now(),
            retired_at: null,
          })
          .execute();
        return key;
      }),
    async published(retiredAfter) {
      const rows = await db
        .selectFrom('signing_key')
        .select('public_jwk')
        .where((where) => where.or([where('retired_at', 'is', null), where('retired_at', '>', retiredAfter)]))
        .orderBy('created_at', 'desc')
        .execute();
      return rows.map((row) => row.public_jwk);
    },
  };
}

function openPrivateJwk(sealer: Sealer, kid: string, sealed: Buffer): JWK {
  try {
    return JSON.parse(sealer.open(sealContext(kid), sealed).toString('utf8')) as JWK;
  } catch (cause) {
    throw new Error(`Signing key ${kid} cannot be opened: WAM_KEK is not the one it was sealed under`, { cause });
  }
}
