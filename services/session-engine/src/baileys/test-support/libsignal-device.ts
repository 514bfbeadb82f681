import { Curve, generateSignalPubKey, initAuthCreds, signedKeyPair } from '@whiskeysockets/baileys';
import * as libsignal from 'libsignal';
import { createEncryptMessage } from '../signal/encrypt-message.ts';
import type { SessionRecord } from '../signal/session-record.ts';

/** One device as libsignal sees it, with a single peer: its store holds the record in stored form. */
export function createLibsignalDevice() {
  const creds = initAuthCreds();
  const preKey = Curve.generateKeyPair();
  const identity = {
    privKey: Buffer.from(creds.signedIdentityKey.private),
    pubKey: Buffer.from(generateSignalPubKey(creds.signedIdentityKey.public)),
  };
  const pairOf = (pair: { private: Uint8Array; public: Uint8Array }) => ({
    privKey: Buffer.from(pair.private),
    pubKey: Buffer.from(generateSignalPubKey(pair.public)),
  });
  let record: SessionRecord | undefined;
  const storage = {
    loadSession: async () => record && libsignal.SessionRecord.deserialize(record as never),
    storeSession: async (_address: string, session: libsignal.SessionRecord) => {
      record = session.serialize() as unknown as SessionRecord;
    },
    isTrustedIdentity: () => true,
    loadPreKey: async (id: number) => (id ? pairOf(preKey) : undefined),
    removePreKey: () => undefined,
    loadSignedPreKey: () => pairOf(creds.signedPreKey.keyPair),
    getOurRegistrationId: () => creds.registrationId,
    getOurIdentity: () => identity,
  } as unknown as libsignal.SignalStorage;
  const cipher = new libsignal.SessionCipher(storage, new libsignal.ProtocolAddress('peer', 0));
  const encrypt = createEncryptMessage({ publicKey: identity.pubKey, registrationId: creds.registrationId });
  const signed = signedKeyPair(creds.signedIdentityKey, 7);
  creds.signedPreKey.keyPair.private = signed.keyPair.private;
  creds.signedPreKey.keyPair.public = signed.keyPair.public;
  const cipherType = (type: number) => (type === 3 ? 'pkmsg' : 'msg');
  return {
    identity,
    record: () => record!,
    setRecord(value: SessionRecord) {
      record = value;
    },
    bundle: (withPreKey: boolean) => ({
      registrationId: creds.registrationId,
      identityKey: identity.pubKey,
      signedPreKey: {
        keyId: 7,
        publicKey: Buffer.from(generateSignalPubKey(signed.keyPair.public)),
        signature: Buffer.from(signed.signature),
      },
      ...(withPreKey ? { preKey: { keyId: 5, publicKey: Buffer.from(generateSignalPubKey(preKey.public)) } } : {}),
    }),
    open: (bundle: object) =>
      new libsignal.SessionBuilder(storage, new libsignal.ProtocolAddress('peer', 0)).initOutgoing(bundle as never),
    async encryptByLibsignal(plaintext: Uint8Array) {
      const { type, body } = await cipher.encrypt(Buffer.from(plaintext));
      return { type: cipherType(type), ciphertext: Buffer.from(body as unknown as Buffer) };
    },
    encrypt(plaintext: Uint8Array) {
      const encrypted = encrypt(record!, plaintext)!;
      record = encrypted.record;
      return { type: encrypted.type, ciphertext: encrypted.ciphertext };
    },
    /** Both ways from the same state; the state goes on with the result of ours. */
    async encryptBothWays(plaintext: Uint8Array) {
      const before = structuredClone(record!);
      const theirs = await this.encryptByLibsignal(plaintext);
      const theirRecord = record!;
      record = before;
      const ours = this.encrypt(plaintext);
      return { theirs, ours, theirRecord, ourRecord: record };
    },
    decrypt: ({ type, ciphertext }: { type: string; ciphertext: Buffer }) =>
      type === 'pkmsg' ? cipher.decryptPreKeyWhisperMessage(ciphertext) : cipher.decryptWhisperMessage(ciphertext),
  };
}
