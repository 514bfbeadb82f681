/** JSON form of a device, for persistence. Binary values are base64. Holds secrets. */
export interface SignalDeviceState {
  keys: SignalKeysState;
  /** By peer, as given to startSession / decrypt. */
  peers: Record<string, SignalPeerState>;
}

/** Private and public half. Both, so that loading thousands of devices computes nothing. */
export type KeyPairState = [privateKey: string, publicKey: string];

/** The keys of a device. Small: one-time prekeys are derived from `seed`, only the used ones are noted. */
export interface SignalKeysState {
  v: 1;
  identity: KeyPairState;
  registrationId: number;
  signedPreKey: { id: number; pair: KeyPairState; signature?: string };
  /** Secret from which every one-time prekey is derived. */
  seed: string;
  nextPreKeyId: number;
  /** Ids of used one-time prekeys as inclusive ranges, ascending. */
  usedPreKeys: Array<[from: number, to: number]>;
}

/** Sessions with one peer device, the open one first, then archived ones from new to old. */
export type SignalPeerState = SessionState[];

export interface SessionState {
  remoteIdentity: string;
  /** The initiator's base key, by which its repeated first messages are recognised. */
  baseKey: string;
  rootKey: string;
  /** This side's current ratchet key. */
  ratchet: KeyPairState;
  remoteRatchetKey: string;
  /** Null until this side answers the peer's latest ratchet key. */
  sending: { chainKey: string; nextCounter: number } | null;
  previousCounter: number;
  /** Newest first. */
  receiving: ReceivingChainState[];
  /** On the initiator until the peer answers: what makes its messages `pkmsg`. */
  pending?: { preKeyId?: number; signedPreKeyId: number };
}

/** `chainKey` is null once the peer has moved on; `skipped` holds message keys not used yet, by counter. */
export interface ReceivingChainState {
  ratchetKey: string;
  chainKey: string | null;
  nextCounter: number;
  skipped: Array<[counter: number, messageKey: string]>;
}
