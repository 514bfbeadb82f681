import {
  type CiphertextType,
  type EncryptedMessage,
  type KeyPair,
  type PreKeyBundle,
  padMessage,
  SignalDevice,
  type SignalDeviceState,
  type SignalKeysState,
  type SignalPeerState,
  unpadMessage,
  type WaMessage,
  waMessageCodec,
} from '../protocol/index.ts';
import type { Journal } from '../storage/journal.ts';
import { Inbox } from './inbox.ts';

/** Copies of messages that the account's own clients sent, kept per phone. */
const SENT_COPIES_CAPACITY = 100;

/** A message one of the account's own clients sent, as its phone learnt of it. */
export interface SentCopy {
  id: string;
  /** The chat it went to. */
  destinationJid: string;
  message: WaMessage;
  owner: string;
}

/** The phone behind a number: device 0, with Signal keys of its own. It really decrypts and encrypts. */
export class Phone {
  readonly number: string;
  readonly inbox: Inbox;
  readonly #journal: Journal;
  readonly #signal: SignalDevice;
  readonly #sentCopies: SentCopy[] = [];

  constructor(number: string, journal: Journal, nextSequence: () => number) {
    this.number = number;
    this.#journal = journal;
    this.inbox = new Inbox(number, journal, nextSequence);
    this.#signal = restoreSignal(number, journal) ?? SignalDevice.generate();
    this.#saveKeys();
  }

  get identity(): KeyPair {
    return this.#signal.identity;
  }

  get registrationId(): number {
    return this.#signal.registrationId;
  }

  /** Newest last. In memory only: a phone's own history is no part of what a sender relies on. */
  get sentCopies(): readonly SentCopy[] {
    return this.#sentCopies;
  }

  noteSentCopy(copy: SentCopy): void {
    this.#sentCopies.push(copy);
    if (this.#sentCopies.length > SENT_COPIES_CAPACITY) this.#sentCopies.shift();
  }

  mintBundle(): PreKeyBundle {
    const bundle = this.#signal.mintBundle();
    this.#saveKeys();
    return bundle;
  }

  /** `peer` is a jid by LID, with device. Throws as SignalDevice.decrypt; a failure changes nothing. */
  decrypt(peer: string, type: CiphertextType, ciphertext: Buffer): WaMessage {
    const padded = this.#signal.decrypt(peer, type, ciphertext);
    if (type === 'pkmsg') this.#saveKeys();
    this.#savePeer(peer);
    return waMessageCodec.decode(unpadMessage(padded));
  }

  /** Whether one of the two has written to the other. */
  hasSession(peer: string): boolean {
    return this.#signal.hasSession(peer);
  }

  /** Encrypts for a peer; `bundle` is asked for only when there is no session yet. */
  encrypt(peer: string, message: WaMessage, bundle: () => PreKeyBundle): EncryptedMessage {
    if (!this.#signal.hasSession(peer)) this.#signal.startSession(peer, bundle());
    const encrypted = this.#signal.encrypt(peer, padMessage(waMessageCodec.encode(message)));
    this.#savePeer(peer);
    return encrypted;
  }

  /** Replaces the session with a peer that could not decrypt. */
  restartSession(peer: string, bundle: PreKeyBundle): void {
    this.#signal.startSession(peer, bundle);
    this.#savePeer(peer);
  }

  #saveKeys(): void {
    this.#journal.put('phone', this.number, () => this.#signal.keysToJSON());
  }

  #savePeer(peer: string): void {
    this.#journal.put('signal-session', `${this.number}/${peer}`, () => this.#signal.peerToJSON(peer) ?? []);
  }
}

/** The phones that were needed so far; the others stay in the record store. */
export class Phones {
  readonly #journal: Journal;
  readonly #nextSequence: () => number;
  readonly #phones = new Map<string, Phone>();

  constructor(journal: Journal, nextSequence: () => number) {
    this.#journal = journal;
    this.#nextSequence = nextSequence;
  }

  of(number: string): Phone {
    let phone = this.#phones.get(number);
    if (!phone) {
      phone = new Phone(number, this.#journal, this.#nextSequence);
      this.#phones.set(number, phone);
    }
    return phone;
  }

  clear(): void {
    this.#phones.clear();
  }
}

function restoreSignal(number: string, journal: Journal): SignalDevice | undefined {
  for (const { key, value } of journal.load<SignalKeysState>('phone', number)) {
    if (key !== number) continue;
    const peers: SignalDeviceState['peers'] = {};
    for (const session of journal.load<SignalPeerState>('signal-session', `${number}/`)) {
      peers[session.key.slice(number.length + 1)] = session.value;
    }
    return SignalDevice.fromJSON({ keys: value, peers });
  }
  return undefined;
}
