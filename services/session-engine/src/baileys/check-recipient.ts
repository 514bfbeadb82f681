/**
 * Whether an address can be sent to, a number or a LID. Without a device of the recipient Baileys sends to the own phone only and reports
 * success (protocol reference, section 4 "Numbers that do not exist"). The list of devices is cached, so for known recipients this costs no query.
 *
 * A first contact costs two queries, one for the devices and one for keys, and opens a session. They are asked for together with
 * those of the messages behind: with answers after 100 ms that is 141 contacts a second instead of 8 (protocol reference, section 7).
 */

import { lidOfAddress } from '@wam/contracts';
import { type CacheStore, USyncQuery, USyncUser, type WASocket } from '@whiskeysockets/baileys';
import type { RecipientCheck, WhatsAppConnection } from '../connection/whatsapp-connection.ts';

/** What it needs of a Baileys socket. */
export interface DeviceLookUp {
  getUSyncDevices(jids: string[], useCache: boolean, ignoreZeroDevices: boolean): Promise<{ user: string }[]>;
  onWhatsApp(...phones: string[]): Promise<{ exists: unknown }[] | undefined>;
  executeUSyncQuery: WASocket['executeUSyncQuery'];
}
export interface RecipientChecksOptions {
  socket: DeviceLookUp;
  devices: Pick<CacheStore, 'get'>;
  queryTimeoutMs: number;
  nowMs?(): number;
}
/** As Baileys reads it. */
interface DeviceList {
  deviceList: readonly unknown[];
}
export type RecipientChecks = Pick<WhatsAppConnection, 'knows' | 'checkRecipient'>;

const maxTogether = 50;

export function createRecipientChecks(options: RecipientChecksOptions): RecipientChecks {
  const { socket, devices, queryTimeoutMs, nowMs = () => performance.now() } = options;
  /** Those that a look-up together with others did not find: one of them may have made it fail for all. */
  const alone = new Set<string>();
  const devicesOf = (address: string) => devices.get(userOf(address)) as readonly unknown[] | undefined;
  const isKnown = (address: string): boolean => devicesOf(address) !== undefined;

  async function lookUpTogether(addresses: string[]): Promise<void> {
    try {
      await socket.getUSyncDevices(addresses.map(jidOfAddress), true, false);
    } catch (error) {
      // An error of the server is about one of them, nobody knows which; anything else is about the connection.
      if (typeof (error as { data?: unknown }).data !== 'number') throw error;
    }
    for (const address of addresses) if (!isKnown(address)) alone.add(address);
  }

  async function lookUp(address: string): Promise<RecipientCheck> {
    alone.delete(address);
    try {
      const found = await socket.getUSyncDevices([jidOfAddress(address)], true, false);
      if (found.some(({ user }) => user === userOf(address))) return 'reachable';
    } catch (error) {
      // An iq error carries its number in `data`; 404 is "item-not-found".
      if ((error as { data?: unknown }).data === 404) return 'not-on-whatsapp';
      throw error;
    }
    // No device: it is not registered, or the query was never answered. Baileys does not tell the two apart, this query does.
    return (await isKnownToBeNobody(address)) ? 'not-on-whatsapp' : 'unknown';
  }
  async function isKnownToBeNobody(address: string): Promise<boolean> {
    if (lidOfAddress(address) !== undefined) {
      // The query for contacts takes numbers only.
      const query = new USyncQuery().withDeviceProtocol().withUser(new USyncUser().withId(jidOfAddress(address)));
      const answer = await socket.executeUSyncQuery(query);
      return answer !== undefined && !answer.list.some(({ devices }) => (devices as DeviceList).deviceList.length > 0);
    }
    const answer = await socket.onWhatsApp(address);
    return answer !== undefined && !answer.some(({ exists }) => exists);
  }

  return {
    // Of who left WhatsApp the list is empty.
    knows: (address) => devicesOf(address)?.[0] !== undefined,
    async checkRecipient(address, next = () => []) {
      if (!isKnown(address) && !alone.has(address)) {
        const others = next().filter((other) => other !== address && !isKnown(other) && !alone.has(other));
        const together = [address, ...new Set(others)].slice(0, maxTogether);
        if (together.length > 1) {
          const sinceMs = nowMs();
          await lookUpTogether(together);
          // Unanswered, as Baileys does not say: asking again would only take as long once more.
          if (!isKnown(address) && nowMs() - sinceMs >= queryTimeoutMs) return 'unknown';
        }
      }
      return lookUp(address);
    },
  };
}

export const jidOfAddress = (address: string): string =>
  lidOfAddress(address) === undefined ? `${address}@s.whatsapp.net` : address;
/** As Baileys keeps it in its list of devices. */
const userOf = (address: string): string => lidOfAddress(address) ?? address;
