/**
 * Which number a LID is, as far as it was told: by messages that carry both, and by look-ups of the number. Baileys keeps it with the
 * Signal keys of the session: number -> LID, and `<LID>_reverse` -> number.
 */
import { addressOfLid, lidOfAddress } from '@wam/contracts';
import { sql } from '@wam/service-kit/postgres';
import type { EngineDatabase } from '../database/tables.ts';
import type { SignalState } from '../signal-keys/signal-state.ts';
import type { SignalSession } from '../signal-keys/signal-writer.ts';

const type = 'lid-mapping';
const idOfLid = (lid: string): string => `${lid}_reverse`;

/** A LID whose number the session knows is that number: one contact has one address (docs/adr/0025). */
export type SettleAddress = (session: Omit<SignalSession, 'epoch'>, address: string) => Promise<string>;

export function createSettleAddress(signalState: Pick<SignalState, 'open'>): SettleAddress {
  return async (session, address) => {
    const lid = lidOfAddress(address);
    if (lid === undefined) return address;
    const id = idOfLid(lid);
    // Only read, which needs no epoch.
    const found = await signalState.open({ ...session, epoch: 0 }).get(type, [id]);
    return typeof found[id] === 'string' ? found[id] : address;
  };
}

export interface FindAddresses {
  db: EngineDatabase;
  unseal(session: Omit<SignalSession, 'epoch'>, type: string, id: string, sealed: Buffer): unknown;
}

/** What sessions of the tenant were told of these LIDs, by address. */
export async function findNumbers(
  deps: FindAddresses,
  { tenant, addresses }: { tenant: string; addresses: readonly string[] },
): Promise<Record<string, string>> {
  const ids = addresses.map((address) => idOfLid(lidOfAddress(address) ?? address));
  const found = await readMappings(deps, tenant, ids);
  const byId = new Map(found.map(({ id, value }) => [id, value]));
  return Object.fromEntries(
    addresses.flatMap((address, i) => {
      const number = byId.get(ids[i]!);
      return number === undefined ? [] : [[address, number]];
    }),
  );
}

async function readMappings(
  { db, unseal }: FindAddresses,
  tenant: string,
  ids: readonly string[],
): Promise<{ id: string; value: string }[]> {
  const { rows } = await sql<{ session_id: string; id: string; sealed: Buffer }>`
    select k.session_id, k.id, k.sealed from wa_session s join signal_key k on k.session_id = s.id
    where s.tenant = ${tenant} and k.type = ${type} and k.id = any(${ids}::text[])`.execute(db);
  return rows.map(({ session_id: sessionId, id, sealed }) => ({
    id,
    value: String(unseal({ tenant, sessionId }, type, id, sealed)),
  }));
}

/** Every address under which sessions of the tenant know that contact, the given one first. */
export async function findAddresses(
  deps: FindAddresses,
  { tenant, address }: { tenant: string; address: string },
): Promise<string[]> {
  const told = async (ids: string[]): Promise<string[]> =>
    (await readMappings(deps, tenant, ids)).map(({ value }) => value);
  const lid = lidOfAddress(address);
  const numbers = lid === undefined ? [address] : await told([idOfLid(lid)]);
  const lids = await told(numbers);
  return [...new Set([address, ...numbers, ...lids.map(addressOfLid)])];
}
