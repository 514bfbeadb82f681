/** Which of an account's contacts that are known by LID have shown their number, asked of the service that knows (docs/adr/0031). */
import { internalRequests, lidOfAddress, type ShownNumbers } from '@wam/contracts';
import { type AskDeps, askService } from '../ask-service.ts';

export type NumbersOfLids = ReadonlyMap<string, string>;

const maxTogether = 500;

/** By address. Undefined when the engines do not answer; without a LID among the addresses nobody is asked. */
export async function findNumbers(
  deps: AskDeps,
  tenant: string,
  addresses: readonly string[],
): Promise<NumbersOfLids | undefined> {
  const hidden = [...new Set(addresses.filter((address) => lidOfAddress(address) !== undefined))];
  const found = new Map<string, string>();
  for (let at = 0; at < hidden.length; at += maxTogether) {
    const body = { tenant, addresses: hidden.slice(at, at + maxTogether) };
    const reply = await askService(deps, 'engine', internalRequests.shownNumbers, body);
    if (!reply.ok) return undefined;
    for (const [address, number] of Object.entries((reply.body as ShownNumbers).numbers)) found.set(address, number);
  }
  return found;
}
