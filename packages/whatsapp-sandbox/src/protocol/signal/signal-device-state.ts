/** JSON form of a device, for persistence. Binary values are base64. */
export interface SignalDeviceState {
  keys: SignalKeysState;
  /** By peer, as given to startSession / decrypt. */
  peers: Record<string, SignalPeerState>;
}

/** The keys of a device. Small: one-time prekeys are derived from `seed`, only the used ones are noted. */
export interface SignalKeysState {
  v: 1;
  identity: string;
  registrationId: number;
  signedPreKey: { id: number; privateKey: string; signature?: string };
  /** Secret from which every one-time prekey is derived. */
  seed: string;
  nextPreKeyId: number;
  /** Ids of used one-time prekeys as inclusive ranges, ascending. */
  usedPreKeys: Array<[number, number]>;
}

/** Sessions with one peer device, the open one first, then archived ones from new to old. */
export type SignalPeerState = SessionState[];

export interface SessionState {
  remoteIdentity: string;
  baseKey: string;
  rootKey: string;
  sending: { ratchetKey: string; chainKey: string; nextCounter: number } | null;
  previousCounter: number;
  remoteRatchetKey: string;
  /** The key pair the next agreement on this side uses: the signed prekey of a fresh incoming session. */
  ratchetPrivateKey: string;
  receiving: ReceivingChainState[];
  pending?: { preKeyId?: number; signedPreKeyId: number };
}

/** `chainKey` is null once the peer has moved on; `skipped` maps counters to message keys not used yet. */
export interface ReceivingChainState {
  ratchetKey: string;
  chainKey: string | null;
  nextCounter: number;
  skipped: Array<[number, string]>;
}
