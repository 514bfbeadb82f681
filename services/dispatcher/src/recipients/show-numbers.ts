/** Rows of a list with the numbers of those that are in it by LID, as far as they are known. */
import { contactAddressPattern, lidOfAddress } from '@wam/contracts';
import type { AskDeps } from '../ask-service.ts';
import { findNumbers } from './find-numbers.ts';
import { addressWritten, type RawRow } from './judge-row.ts';
import { type ReadRow, UnreadableRow } from './take-up-rows.ts';

const address = new RegExp(contactAddressPattern);

/**
 * One contact has one address: whose number the account knows is in the list by it, and is found among those who opted out and
 * those that came before. When nobody can be asked the rows stay as they are: each LID is asked for again before it is written to.
 */
export async function showNumbers(
  deps: AskDeps,
  tenant: string,
  rows: readonly ReadRow[],
): Promise<readonly ReadRow[]> {
  const lids = rows.map(({ fields }) => lidIn(fields));
  const numbers = await findNumbers(
    deps,
    tenant,
    lids.filter((lid) => lid !== undefined),
  );
  if (numbers === undefined || numbers.size === 0) return rows;
  return rows.map((row, i) => {
    const number = numbers.get(lids[i] ?? '');
    return number === undefined ? row : { ...row, fields: { ...(row.fields as RawRow), number } };
  });
}

function lidIn(fields: ReadRow['fields']): string | undefined {
  if (fields instanceof UnreadableRow) return undefined;
  const written = addressWritten(fields);
  return lidOfAddress(written) !== undefined && address.test(written) ? written : undefined;
}
