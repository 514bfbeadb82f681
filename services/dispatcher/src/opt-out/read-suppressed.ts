import type { Kysely } from 'kysely';
import type { DispatcherTables } from '../storage/tables.ts';

/** Which of these fingerprints of contacts are on the suppression list of the account; hex. */
export async function readSuppressed(
  database: Kysely<DispatcherTables>,
  tenant: string,
  hashes: readonly Buffer[],
): Promise<ReadonlySet<string>> {
  if (hashes.length === 0) return new Set();
  const listed = await database
    .selectFrom('suppression')
    .select('contact_hash')
    .where('tenant', '=', tenant)
    .where('contact_hash', '=', (expression) => expression.fn.any(expression.val([...hashes])))
    .execute();
  return new Set(listed.map((entry) => entry.contact_hash.toString('hex')));
}
