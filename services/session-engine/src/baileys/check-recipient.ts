/**
 * Whether a number can be sent to. Without a device of the recipient Baileys sends to the own phone only and reports success (protocol
 * reference, section 4 "Numbers that do not exist"). The list of devices is cached, so for known recipients this costs no query.
 *
 * A first contact costs two queries, one for the devices and one for keys, and opens a session. They are asked for together with
 * those of the messages behind: with answers after 100 ms that is 141 contacts a second instead of 8 (protocol reference, section 7).
 */
import type { CacheStore } from '@whiskeysockets/baileys';
import type { RecipientCheck, WhatsAppConnection } from '../connection/whatsapp-connection.ts';

/** What it needs of a Baileys socket. */
export interface DeviceLookUp {
  getUSyncDevices(jids: string[], useCache: boolean, ignoreZeroDevices: boolean): Promise<{ user: string }[]>;
  onWhatsApp(...phones: string[]): Promise<{ exists: unknown }[] | undefined>;
}
export interface RecipientChecksOptions {
  socket: DeviceLookUp;
  devices: Pick<CacheStore, 'get'>;
  jidOf(phone: string): string;
  queryTimeoutMs: number;
  nowMs?(): number;
}
export type RecipientChecks = Pick<WhatsAppConnection, 'knows' | 'checkRecipient'>;

const maxTogether = 50;

export function createRecipientChecks(options: RecipientChecksOptions): RecipientChecks {
  const { socket, devices, jidOf, queryTimeoutMs, nowMs = () => performance.now() } = options;
  /** Those that a look-up together with others did not find: one of them may have made it fail for all. */
  const alone = new Set<string>();
  const isKnown = (phone: string): boolean => devices.get(phone) !== undefined;

  async function lookUpTogether(phones: string[]): Promise<void> {
    try {
      await socket.getUSyncDevices(phones.map(jidOf), true, false);
    } catch (error) {
      // An error of the server is about one of them, nobody knows which; anything else is about the connection.
      if (typeof (error as { data?: unknown }).data !== 'number') throw error;
    }
    for (const phone of phones) if (!isKnown(phone)) alone.add(phone);
  }

  async function lookUp(phone: string): Promise<RecipientCheck> {
    alone.delete(phone);
    try {
      const found = await socket.getUSyncDevices([jidOf(phone)], true, false);
      if (found.some(({ user }) => user === phone)) return 'reachable';
    } catch (error) {
      // An iq error carries its number in `data`; 404 is "item-not-found".
      if ((error as { data?: unknown }).data === 404) return 'not-on-whatsapp';
      throw error;
    }
    // No device: the number is not registered, or the query was never answered. Baileys does not tell the two apart, this query does.
    const answer = await socket.onWhatsApp(phone);
    if (answer === undefined) return 'unknown';
    return answer.some(({ exists }) => exists) ? 'unknown' : 'not-on-whatsapp';
  }

  return {
    // Of who left WhatsApp the list is empty.
    knows: (phone) => (devices.get(phone) as readonly unknown[] | undefined)?.[0] !== undefined,
    async checkRecipient(phone, next = () => []) {
      if (!isKnown(phone) && !alone.has(phone)) {
        const others = next().filter((other) => other !== phone && !isKnown(other) && !alone.has(other));
        const together = [phone, ...new Set(others)].slice(0, maxTogether);
        if (together.length > 1) {
          const sinceMs = nowMs();
          await lookUpTogether(together);
          // Unanswered, as Baileys does not say: asking again would only take as long once more.
          if (!isKnown(phone) && nowMs() - sinceMs >= queryTimeoutMs) return 'unknown';
        }
      }
      return lookUp(phone);
    },
  };
}
