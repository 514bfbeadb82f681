/** Which of an account's contacts that are known by LID have shown their number, asked of the service that knows (docs/adr/0031). */
import { internalRequests, lidOfAddress, type ShownNumbers, subjects } from '@wam/contracts';
import type { IdSource } from '@wam/service-kit';
import type { Requester } from '@wam/service-kit/nats';

export interface FindNumbersDeps {
  requester: Requester;
  ids: IdSource;
}
export type NumbersOfLids = ReadonlyMap<string, string>;

const timeoutMs = 3000;
const maxTogether = 500;

/** By address. Undefined when the engines do not answer; without a LID among the addresses nobody is asked. */
export async function findNumbers(
  { requester, ids }: FindNumbersDeps,
  tenant: string,
  addresses: readonly string[],
): Promise<NumbersOfLids | undefined> {
  const hidden = [...new Set(addresses.filter((address) => lidOfAddress(address) !== undefined))];
  const found = new Map<string, string>();
  const operation = internalRequests.shownNumbers;
  for (let at = 0; at < hidden.length; at += maxTogether) {
    const body = { tenant, addresses: hidden.slice(at, at + maxTogether) };
    const reply = await requester.request(
      subjects.request('engine', operation),
      { operation, requestId: `req_${ids.ulid()}`, params: {}, query: {}, body },
      timeoutMs,
    );
    if (!reply.ok) return undefined;
    for (const [address, number] of Object.entries((reply.body as ShownNumbers).numbers)) found.set(address, number);
  }
  return found;
}
