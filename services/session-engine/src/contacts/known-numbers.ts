/** What WhatsApp has said about numbers, so that it is not asked again: accounts that check many numbers get blocked. */
import { LRUCache } from 'lru-cache';
import type { ContactCheck } from '../connection/whatsapp-connection.ts';

export interface KnownNumbers {
  get(phone: string): ContactCheck | undefined;
  set(phone: string, check: ContactCheck): void;
}

const maxNumbers = 100_000;
const hourMs = 3_600_000;
/** People rarely leave; but they join, and then a customer wants to see it. */
const keptMs = { onWhatsApp: 24 * hourMs, unknown: hourMs };

/** Of one network, whoever asked: whether a number is on WhatsApp is the same for all. */
export function createKnownNumbers(): KnownNumbers {
  const known = new LRUCache<string, ContactCheck>({ max: maxNumbers, ttl: keptMs.unknown });
  return {
    get: (phone) => known.get(phone),
    set(phone, check) {
      known.set(phone, check, { ttl: check.onWhatsApp ? keptMs.onWhatsApp : keptMs.unknown });
    },
  };
}
