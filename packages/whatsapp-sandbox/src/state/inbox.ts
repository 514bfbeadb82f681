import type { CiphertextType } from '../protocol/index.ts';
import type { Journal } from '../storage/journal.ts';
import { sequenceKey } from '../storage/record-store.ts';
import { BoundedLog } from './bounded-log.ts';
import type { MessageKind } from './message-content.ts';

/** A message a simulated phone received and decrypted. */
export interface InboxMessage {
  /** Id on the wire, chosen by the sender. */
  id: string;
  /** Sender's number. */
  from: string;
  /** The phone's own number. */
  to: string;
  /** Text or caption; empty where the kind has none. */
  text: string;
  type: MessageKind;
  /** First arrival, milliseconds since the epoch. */
  at: number;
  /** How often this id arrived. */
  copies: number;
  /** `copies` is more than one. */
  duplicate: boolean;
  encType: CiphertextType;
  /** Owner of the sending device. */
  owner: string;
}

/** Messages kept per phone; older ones are forgotten. */
const INBOX_CAPACITY = 1_000;

type StoredMessage = InboxMessage & { sequence: number };

/** What one phone received, newest last; a repeated id counts up instead of being listed again. */
export class Inbox {
  readonly #number: string;
  readonly #journal: Journal;
  readonly #nextSequence: () => number;
  readonly #messages: BoundedLog<StoredMessage>;

  constructor(number: string, journal: Journal, nextSequence: () => number) {
    this.#number = number;
    this.#journal = journal;
    this.#nextSequence = nextSequence;
    this.#messages = new BoundedLog(INBOX_CAPACITY, (_, { sequence }) =>
      journal.remove('inbox', `${number}/${sequenceKey(sequence)}`),
    );
    for (const { value } of journal.load<StoredMessage>('inbox', `${number}/`)) {
      this.#messages.set(identify(value), value);
    }
  }

  /** Records an arrival and returns the message with its number of copies. */
  receive(message: Omit<InboxMessage, 'copies' | 'duplicate' | 'to'>): InboxMessage {
    const repeated = this.receiveAgain(message.from, message.id);
    if (repeated) return repeated;
    const sequence = this.#nextSequence();
    const entry: StoredMessage = { ...message, to: this.#number, copies: 1, duplicate: false, sequence };
    this.#messages.set(identify(message), entry);
    this.#save(entry);
    return entry;
  }

  /** Counts another copy of a message the phone has; undefined if it has none with this id. */
  receiveAgain(from: string, id: string): InboxMessage | undefined {
    const known = this.#messages.get(identify({ from, id }));
    if (!known) return undefined;
    known.copies += 1;
    known.duplicate = true;
    this.#save(known);
    return known;
  }

  /** Whether the phone received message `id` from this sender. */
  has(from: string, id: string): boolean {
    return this.#messages.get(identify({ from, id })) !== undefined;
  }

  /** The newest `limit` messages that match, oldest first. */
  list(limit: number, matches: (message: InboxMessage) => boolean): InboxMessage[] {
    const matching = Array.from(this.#messages.values()).filter(matches).slice(-limit);
    return matching.map(({ sequence: _, ...message }) => message);
  }

  #save(message: StoredMessage): void {
    this.#journal.put('inbox', `${this.#number}/${sequenceKey(message.sequence)}`, () => message);
  }
}

const identify = ({ from, id }: { from: string; id: string }): string => `${from}/${id}`;
