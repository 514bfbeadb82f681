import type { Clock } from '../clock.ts';
import { createServerIdentity, type SerialisedServerIdentity, type ServerIdentity } from '../protocol/index.ts';
import type { Journal } from '../storage/journal.ts';
import { type DeviceKey, deviceKey } from './companion-device.ts';
import { Directory } from './directory.ts';
import { MessageLedger } from './message-ledger.ts';
import { Phones } from './phone.ts';
import { StanzaQueue } from './stanza-queue.ts';

export interface WorldOptions {
  journal: Journal;
  clock: Clock;
  autoRegister: boolean;
}

/** Everything that exists on the simulated network, apart from connections. Outlives the process if stored. */
export class World {
  readonly clock: Clock;
  readonly journal: Journal;
  readonly identity: ServerIdentity;
  readonly directory: Directory;
  readonly phones: Phones;
  readonly ledger: MessageLedger;
  readonly #queues = new Map<DeviceKey, StanzaQueue>();
  #sequence = 0;

  constructor({ journal, clock, autoRegister }: WorldOptions) {
    this.journal = journal;
    this.clock = clock;
    const meta = new Map(Array.from(journal.load<unknown>('meta'), ({ key, value }) => [key, value]));
    this.#sequence = (meta.get('sequence') as number | undefined) ?? 0;
    this.identity = createServerIdentity(meta.get('server-identity') as SerialisedServerIdentity | undefined);
    this.directory = new Directory({ journal, autoRegister });
    this.phones = new Phones(journal, () => this.nextSequence());
    this.ledger = new MessageLedger(journal);
    this.#saveIdentity();
  }

  /** Ascending over the whole life of the world, restarts included. */
  nextSequence(): number {
    this.#sequence += 1;
    this.journal.put('meta', 'sequence', () => this.#sequence);
    return this.#sequence;
  }

  queueOf(number: string, device: number): StanzaQueue {
    const key = deviceKey(number, device);
    let queue = this.#queues.get(key);
    if (!queue) {
      queue = new StanzaQueue(key, this.journal);
      this.#queues.set(key, queue);
    }
    return queue;
  }

  /** Drops the queue of an unlinked device. */
  removeQueue(number: string, device: number): void {
    this.queueOf(number, device).clear();
    this.#queues.delete(deviceKey(number, device));
  }

  /** Forgets everybody and everything but the server's identity, which clients trust. */
  reset(): void {
    this.journal.clear();
    this.directory.clear();
    this.phones.clear();
    this.ledger.clear();
    this.#queues.clear();
    this.#saveIdentity();
    this.journal.put('meta', 'sequence', () => this.#sequence);
  }

  #saveIdentity(): void {
    this.journal.put('meta', 'server-identity', () => this.identity.toJSON());
  }
}
