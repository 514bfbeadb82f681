import { Curve, generateSignalPubKey, initAuthCreds, signedKeyPair } from '@whiskeysockets/baileys';
import fc from 'fast-check';
import * as libsignal from 'libsignal';
import { beforeAll, describe, expect, it } from 'vitest';
import { silenceLibsignal } from '../silence-libsignal.ts';
import { createEncryptMessage } from './encrypt-message.ts';
import type { SessionRecord } from './session-record.ts';

/** One device as libsignal sees it, with a single peer: its store holds the record in stored form. */
function createDevice() {
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
    record: () => record!,
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

beforeAll(() => silenceLibsignal());

describe('Encryption', () => {
  it('gives the bytes and leaves the record that libsignal does, in every state of a conversation', async () => {
    const step = fc.record({ from: fc.constantFrom('a', 'b'), text: fc.uint8Array({ maxLength: 600 }) });
    await fc.assert(
      fc.asyncProperty(fc.boolean(), fc.array(step, { minLength: 1, maxLength: 12 }), async (withPreKey, steps) => {
        const devices = { a: createDevice(), b: createDevice() };
        await devices.a.open(devices.b.bundle(withPreKey));
        // Until it has heard something the other side has no session to answer in.
        let answered = false;
        for (const { from, text } of steps) {
          const sender = answered ? from : 'a';
          const both = await devices[sender as 'a' | 'b'].encryptBothWays(text);
          expect(both.ours).toEqual(both.theirs);
          expect(both.ourRecord).toEqual(both.theirRecord);
          const read = await devices[sender === 'a' ? 'b' : 'a'].decrypt(both.ours);
          expect(Buffer.from(read)).toEqual(Buffer.from(text));
          answered = true;
        }
      }),
      { numRuns: 20 },
    );
  });

  it('goes on in one session after a restart, after libsignal, and in large numbers', async () => {
    const [a, b] = [createDevice(), createDevice()];
    await a.open(b.bundle(true));
    for (let n = 0; n < 300; n++) {
      const text = Buffer.from(`message ${n}`);
      const message = n % 7 === 0 ? await a.encryptByLibsignal(text) : a.encrypt(text);
      expect(await b.decrypt(message)).toEqual(text);
      if (n === 100) await a.decrypt(b.encrypt(Buffer.from('an answer: no more pkmsg')));
    }
  });

  it('leaves the record it was given as it was', async () => {
    const [a, b] = [createDevice(), createDevice()];
    await a.open(b.bundle(true));
    const before = structuredClone(a.record());
    const given = a.record();
    a.encrypt(Buffer.from('text'));
    a.encrypt(Buffer.from('another'));
    expect(given).toEqual(before);
  });

  it('leaves to libsignal what has no session to send in, is old, or has to be shortened', async () => {
    const [a, b] = [createDevice(), createDevice()];
    await a.open(b.bundle(true));
    const encrypt = createEncryptMessage({ publicKey: Buffer.alloc(33, 5), registrationId: 1 });
    const record = a.record();
    const [[baseKey, entry]] = Object.entries(record._sessions) as [[string, (typeof record._sessions)[string]]];
    const closed = { ...entry, indexInfo: { ...entry.indexInfo, closed: 1 } };
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, n) => [`closed ${n}`, closed]));
    expect(encrypt({ ...record, _sessions: { [baseKey]: closed } }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt({ ...record, _sessions: {} }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt({ ...record, version: 'v0' }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt({ ...record, _sessions: { ...many, [baseKey]: entry } }, Buffer.from('x'))).toBeUndefined();
    expect(encrypt(record, Buffer.from('x'))).toBeDefined();
  });
});
