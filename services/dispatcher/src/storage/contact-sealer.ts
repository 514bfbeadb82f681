import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import type { SealContext, Sealer } from '@wam/service-kit';
import { type Kysely, sql } from 'kysely';

/** Seals numbers, and makes the prints by which they are found again. */
export interface ContactSealer extends Sealer {
  /** 16 bytes: equal for an equal number of the same tenant, and of no use without the key. */
  fingerprint(tenant: string, number: string): Buffer;
}

const printBytes = 16;

/**
 * The key of the prints is made once and kept sealed. It stays when the key that everything is sealed under is replaced: a list of people
 * who opted out must not lose them over that.
 */
export async function openContactSealer<DB>(database: Kysely<DB>, sealer: Sealer): Promise<ContactSealer> {
  const fresh = sealer.seal(contactKeyContext, randomBytes(32));
  await sql`insert into contact_key (sealed) values (${fresh}) on conflict do nothing`.execute(database);
  const { rows } = await sql<{ sealed: Buffer }>`select sealed from contact_key`.execute(database);
  const key = sealer.open(contactKeyContext, rows[0]!.sealed);
  const ofTenant = new Map<string, Buffer>();
  return {
    ...sealer,
    fingerprint(tenant, number) {
      let tenantKey = ofTenant.get(tenant);
      if (tenantKey === undefined) {
        tenantKey = Buffer.from(hkdfSync('sha256', key, 'wam-contact-print-v1', tenant, 32));
        if (ofTenant.size < 10_000) ofTenant.set(tenant, tenantKey);
      }
      return createHmac('sha256', tenantKey).update(number).digest().subarray(0, printBytes);
    },
  };
}

export const contactKeyContext: SealContext = { tenant: 'platform', purpose: 'contact-key', id: 'dispatcher' };
