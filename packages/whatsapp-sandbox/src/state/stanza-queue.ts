import { type Node, parseJid } from '../protocol/index.ts';
import type { Journal } from '../storage/journal.ts';
import { sequenceKey } from '../storage/record-store.ts';
import type { DeviceKey } from './companion-device.ts';
import { type NodeRecord, nodeRecord, restoreNode } from './node-record.ts';

/** A stanza for a client that it has not acknowledged. */
export interface QueuedStanza {
  sequence: number;
  node: Node;
  /** Plaintext of a simulated user's message, so that it can be encrypted anew if the client asks for a retry. */
  plaintext?: { fromNumber: string; message: Buffer };
  /** Logins it was offered on. */
  offers: number;
}

/** After so many logins without an acknowledgement a stanza is given up: the client cannot digest it. */
const MAX_OFFERS = 5;
/** Unacknowledged stanzas per device; beyond it the oldest are lost. */
const QUEUE_CAPACITY = 10_000;

interface QueuedRecord {
  node: NodeRecord;
  plaintext?: { fromNumber: string; message: string };
  offers: number;
}

/**
 * The stanzas a device still has to acknowledge, oldest first. They stay until the client answers (as on the real
 * service), so a client that dies between receiving and storing gets them again at its next login.
 */
export class StanzaQueue {
  readonly #device: DeviceKey;
  readonly #journal: Journal;
  readonly #items = new Map<number, QueuedStanza>();
  readonly #sequencesById = new Map<string, number[]>();

  constructor(device: DeviceKey, journal: Journal) {
    this.#device = device;
    this.#journal = journal;
    for (const { key, value } of journal.load<QueuedRecord>('queued', `${device}/`)) {
      const { plaintext } = value;
      this.#index({
        sequence: Number(key.slice(device.length + 1)),
        node: restoreNode(value.node),
        offers: value.offers,
        ...(plaintext && {
          plaintext: { fromNumber: plaintext.fromNumber, message: Buffer.from(plaintext.message, 'base64') },
        }),
      });
    }
  }

  get size(): number {
    return this.#items.size;
  }

  add(item: Omit<QueuedStanza, 'offers'>): void {
    const queued: QueuedStanza = { ...item, offers: 0 };
    this.#index(queued);
    this.#save(queued);
    if (this.#items.size > QUEUE_CAPACITY) {
      const [oldest] = this.#items.values();
      if (oldest) this.#remove(oldest);
    }
  }

  /** What to send at login, oldest first; stanzas offered too often are dropped. */
  offer(): QueuedStanza[] {
    for (const item of this.#items.values()) {
      item.offers += 1;
      if (item.offers > MAX_OFFERS) this.#remove(item);
      else this.#save(item);
    }
    return Array.from(this.#items.values());
  }

  /**
   * The client acknowledged stanzas with this tag and id. `to` is whom it answered: two senders may have used one id.
   * `type` tells the receipts of one message apart.
   */
  acknowledge(tag: string, id: string, to?: string, type?: string): void {
    for (const item of this.find(tag, id, to)) {
      if (tag !== 'receipt' || item.node.attrs.type === type) this.#remove(item);
    }
  }

  find(tag: string, id: string, to?: string): QueuedStanza[] {
    const items = (this.#sequencesById.get(`${tag}/${id}`) ?? []).flatMap((each) => this.#items.get(each) ?? []);
    const user = to && parseJid(to)?.user;
    const bySender = items.filter(({ node }) => user && parseJid(node.attrs.from ?? '')?.user === user);
    return bySender.length > 0 ? bySender : items;
  }

  /** Replaces a stanza in place, as after a retry. */
  replace(item: QueuedStanza, node: Node): void {
    item.node = node;
    this.#save(item);
  }

  clear(): void {
    for (const item of this.#items.values()) this.#remove(item);
  }

  #index(item: QueuedStanza): void {
    this.#items.set(item.sequence, item);
    const key = `${item.node.tag}/${item.node.attrs.id}`;
    const sequences = this.#sequencesById.get(key);
    if (sequences) sequences.push(item.sequence);
    else this.#sequencesById.set(key, [item.sequence]);
  }

  #remove({ sequence, node }: QueuedStanza): void {
    this.#items.delete(sequence);
    const key = `${node.tag}/${node.attrs.id}`;
    const others = this.#sequencesById.get(key)?.filter((each) => each !== sequence) ?? [];
    if (others.length > 0) this.#sequencesById.set(key, others);
    else this.#sequencesById.delete(key);
    this.#journal.remove('queued', `${this.#device}/${sequenceKey(sequence)}`);
  }

  #save(item: QueuedStanza): void {
    this.#journal.put(
      'queued',
      `${this.#device}/${sequenceKey(item.sequence)}`,
      (): QueuedRecord => ({
        node: nodeRecord(item.node),
        offers: item.offers,
        ...(item.plaintext && {
          plaintext: {
            fromNumber: item.plaintext.fromNumber,
            message: item.plaintext.message.toString('base64'),
          },
        }),
      }),
    );
  }
}
