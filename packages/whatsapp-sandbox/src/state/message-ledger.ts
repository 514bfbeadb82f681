import type { Journal } from '../storage/journal.ts';
import { BoundedLog } from './bounded-log.ts';
import type { DeviceKey } from './companion-device.ts';

/** Every message stanza the server saw, whatever became of it. For tests that compare ids with what was accepted. */
export interface LedgerEntry {
  id: string;
  /** `number:device` of the sender. */
  device: DeviceKey;
  /** Owner of the sending device. */
  owner: string;
  /** Recipient's jid as the client wrote it. */
  to: string;
  /** First sight, milliseconds since the epoch. */
  at: number;
  /** Stanzas with this id from this device. */
  count: number;
}

const LEDGER_CAPACITY = 200_000;

export class MessageLedger {
  readonly #journal: Journal;
  readonly #entries: BoundedLog<LedgerEntry>;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#entries = new BoundedLog(LEDGER_CAPACITY, (key) => journal.remove('ledger', key));
    const stored = Array.from(journal.load<LedgerEntry>('ledger')).sort((a, b) => a.value.at - b.value.at);
    for (const { key, value } of stored) this.#entries.set(key, value);
  }

  note(seen: Omit<LedgerEntry, 'count'>): void {
    const key = `${seen.device}/${seen.id}`;
    const known = this.#entries.get(key);
    if (known) known.count += 1;
    const entry = known ?? { ...seen, count: 1 };
    if (!known) this.#entries.set(key, entry);
    this.#journal.put('ledger', key, () => entry);
  }

  list(owner?: string): LedgerEntry[] {
    return Array.from(this.#entries.values()).filter((entry) => owner === undefined || entry.owner === owner);
  }

  clear(): void {
    this.#entries.clear();
  }
}
