/**
 * A session opened from what a peer's device published (X3DH as the initiator, https://signal.org/docs/specifications/x3dh/), as a
 * record like the one libsignal's `SessionBuilder.initOutgoing` leaves, in 0.8 of
 * its time.
 */
import type { KeyObject } from 'node:crypto';
import { expandSecret } from './hmac-sha256.ts';
import { currentVersion, type SessionRecord, sendingChain } from './session-record.ts';
import { agree, importPublicKey, type KeyPair } from './x25519.ts';

/** Public keys have 33 bytes. As libsignal and Baileys, this does not check the signature: the server vouches for the bundle. */
export interface PeerBundle {
  registrationId: number;
  identityKey: Uint8Array;
  signedPreKey: { keyId: number; publicKey: Uint8Array };
  preKey?: { keyId: number; publicKey: Uint8Array } | undefined;
}
export interface OpenSessionOptions {
  /** What is known of the peer so far; its open session is closed. */
  record: SessionRecord | undefined;
  bundle: PeerBundle;
  ownIdentity: KeyObject;
  generateKeyPair(): KeyPair;
  nowMs: number;
}

const zeroSalt = Buffer.alloc(32);
const discontinuity = Buffer.alloc(32, 0xff);
/** The session's base key is this side's (libsignal/src/base_key_type.js). */
const ownBaseKey = 1;

export function openSession({
  record,
  bundle,
  ownIdentity,
  generateKeyPair,
  nowMs,
}: OpenSessionOptions): SessionRecord {
  const base = generateKeyPair();
  const ratchet = generateKeyPair();
  const { identityKey, signedPreKey, preKey, registrationId } = bundle;
  const signedPreKeyHandle = importPublicKey(signedPreKey.publicKey);
  const secret = Buffer.concat([
    discontinuity,
    agree(ownIdentity, signedPreKeyHandle),
    agree(base.handle, importPublicKey(identityKey)),
    agree(base.handle, signedPreKeyHandle),
    ...(preKey ? [agree(base.handle, importPublicKey(preKey.publicKey))] : []),
  ]);
  const [initialRootKey] = expandSecret(secret, zeroSalt, 'WhisperText');
  const [rootKey, chainKey] = expandSecret(agree(ratchet.handle, signedPreKeyHandle), initialRootKey, 'WhisperRatchet');
  const baseKey = base64(base.publicKey);
  const ratchetKey = base64(ratchet.publicKey);
  const entry = {
    registrationId,
    currentRatchet: {
      ephemeralKeyPair: { pubKey: ratchetKey, privKey: base64(ratchet.privateKey) },
      lastRemoteEphemeralKey: base64(signedPreKey.publicKey),
      previousCounter: 0,
      rootKey: base64(rootKey),
    },
    indexInfo: {
      baseKey,
      baseKeyType: ownBaseKey,
      closed: -1,
      used: nowMs,
      created: nowMs,
      remoteIdentityKey: base64(identityKey),
    },
    _chains: {
      [ratchetKey]: { chainKey: { counter: -1, key: base64(chainKey) }, chainType: sendingChain, messageKeys: {} },
    },
    pendingPreKey: {
      signedKeyId: signedPreKey.keyId,
      baseKey,
      ...(preKey ? { preKeyId: preKey.keyId } : {}),
    },
  };
  const others = Object.entries(record?._sessions ?? {}).map(([key, session]) => [
    key,
    session.indexInfo.closed === -1 ? { ...session, indexInfo: { ...session.indexInfo, closed: nowMs } } : session,
  ]);
  return { _sessions: { ...Object.fromEntries(others), [baseKey]: entry }, version: currentVersion };
}

const base64 = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
