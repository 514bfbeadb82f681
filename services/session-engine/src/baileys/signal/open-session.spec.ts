import { createRequire } from 'node:module';
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { silenceLibsignal } from '../silence-libsignal.ts';
import { createLibsignalDevice } from '../test-support/libsignal-device.ts';
import { openSession } from './open-session.ts';
import { generateKeyPair, importPrivateKey, type KeyPair } from './x25519.ts';

const curve = createRequire(import.meta.url)('libsignal/src/curve.js') as {
  generateKeyPair(): { pubKey: Buffer; privKey: Buffer };
};
const nowMs = 1_800_000_000_000;

beforeAll(() => silenceLibsignal());
beforeEach(() => {
  vi.useFakeTimers({ now: nowMs, toFake: ['Date'] });
});
afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** Two pairs, given out in turn to whoever makes the session. */
function twoPairs() {
  const pairs = [generateKeyPair(), generateKeyPair()];
  const inTurn = () => {
    const rest = [...pairs];
    return (): KeyPair => rest.shift()!;
  };
  return { ours: inTurn(), libsignals: inTurn() };
}
const ownIdentityOf = (device: ReturnType<typeof createLibsignalDevice>) => importPrivateKey(device.identity.privKey);

describe('A session opened from a bundle', () => {
  it.each([true, false])(
    'is the record that libsignal leaves, with a one-time key or without (%s)',
    async (withPreKey) => {
      const [ann, ben] = [createLibsignalDevice(), createLibsignalDevice()];
      let record: ReturnType<typeof openSession> | undefined;
      // The second one closes the first, as when the peer has a new device under the same address.
      for (const bundle of [ben.bundle(withPreKey), createLibsignalDevice().bundle(withPreKey)]) {
        const { ours, libsignals } = twoPairs();
        vi.spyOn(curve, 'generateKeyPair').mockImplementation(() => {
          const { publicKey, privateKey } = libsignals();
          return { pubKey: publicKey, privKey: privateKey };
        });
        await ann.open(bundle);
        record = openSession({ record, bundle, ownIdentity: ownIdentityOf(ann), generateKeyPair: ours, nowMs });
        expect(record).toEqual(ann.record());
        vi.restoreAllMocks();
      }
    },
  );

  it('carries a conversation with libsignal both ways', async () => {
    const [ann, ben] = [createLibsignalDevice(), createLibsignalDevice()];
    const bundle = ben.bundle(true);
    ann.setRecord(openSession({ record: undefined, bundle, ownIdentity: ownIdentityOf(ann), generateKeyPair, nowMs }));
    for (let n = 0; n < 5; n++) {
      const [question, answer] = [Buffer.from(`question ${n}`), Buffer.from(`answer ${n}`)];
      expect(await ben.decrypt(ann.encrypt(question))).toEqual(question);
      expect(await ann.decrypt(ben.encrypt(answer))).toEqual(answer);
    }
  });

  it('is refused with a key whose secret everybody knows', () => {
    const [ann, ben] = [createLibsignalDevice(), createLibsignalDevice()];
    const lowOrder = Buffer.concat([Buffer.of(5), Buffer.alloc(32)]);
    const bundle = { ...ben.bundle(true), identityKey: lowOrder };
    expect(() =>
      openSession({ record: undefined, bundle, ownIdentity: ownIdentityOf(ann), generateKeyPair, nowMs }),
    ).toThrow();
  });
});
