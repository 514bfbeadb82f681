import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyPair } from '../curve25519/x25519.ts';
import { DuplicateMessageError, ProtocolError, UndecryptableMessageError } from '../protocol-error.ts';
import { padMessage, unpadMessage } from './message-padding.ts';
import { type EncryptedMessage, SignalDevice } from './signal-device.ts';

const text = (value: string): Buffer => Buffer.from(value);
const open = (device: SignalDevice, from: string, { type, ciphertext }: EncryptedMessage): string =>
  device.decrypt(from, type, ciphertext).toString();

/** Ann has a session to Bob, who has read her first message. */
function acquainted(): { ann: SignalDevice; bob: SignalDevice } {
  const ann = SignalDevice.generate();
  const bob = SignalDevice.generate();
  ann.startSession('bob', bob.mintBundle());
  open(bob, 'ann', ann.encrypt('bob', text('hello')));
  return { ann, bob };
}

describe('a Signal device', () => {
  test('sends pkmsg until the peer answers, then msg', () => {
    const ann = SignalDevice.generate();
    const bob = SignalDevice.generate();
    expect(ann.hasSession('bob')).toBe(false);
    ann.startSession('bob', bob.mintBundle());
    const first = ann.encrypt('bob', text('1'));
    const second = ann.encrypt('bob', text('2'));
    expect([first.type, second.type]).toEqual(['pkmsg', 'pkmsg']);
    expect(open(bob, 'ann', second)).toBe('2');
    expect(open(bob, 'ann', first)).toBe('1');
    expect(open(ann, 'bob', bob.encrypt('ann', text('3')))).toBe('3');
    expect(ann.encrypt('bob', text('4')).type).toBe('msg');
  });

  test('works without a one-time prekey, when a peer has none left', () => {
    const ann = SignalDevice.generate();
    const bob = SignalDevice.generate();
    const { preKey: _, ...bundle } = bob.mintBundle();
    ann.startSession('bob', bundle);
    const first = ann.encrypt('bob', text('hi'));
    expect(open(bob, 'ann', first)).toBe('hi');
    expect(() => open(bob, 'ann', first)).toThrow(DuplicateMessageError);
  });

  test('accepts a one-time prekey once', () => {
    const bob = SignalDevice.generate();
    const bundle = bob.mintBundle();
    const [ann, eve] = [SignalDevice.generate(), SignalDevice.generate()];
    ann.startSession('bob', bundle);
    eve.startSession('bob', bundle);
    open(bob, 'ann', ann.encrypt('bob', text('hi')));
    const reused = eve.encrypt('bob', text('hi'));
    expect(() => open(bob, 'eve', reused)).toThrow(expect.objectContaining({ code: 'unknown-prekey' }));
    const restored = SignalDevice.fromJSON(bob.toJSON());
    expect(() => open(restored, 'eve', reused)).toThrow(expect.objectContaining({ code: 'unknown-prekey' }));
  });

  test('does not use up the prekey of a first message that fails', () => {
    const { ann, bob } = { ann: SignalDevice.generate(), bob: SignalDevice.generate() };
    ann.startSession('bob', bob.mintBundle());
    const first = ann.encrypt('bob', text('hi'));
    const damaged = Buffer.from(first.ciphertext);
    damaged[damaged.length - 20]! ^= 1;
    expect(() => bob.decrypt('ann', 'pkmsg', damaged)).toThrow(ProtocolError);
    expect(bob.hasSession('ann')).toBe(false);
    expect(open(bob, 'ann', first)).toBe('hi');
  });

  test('refuses a bundle whose signed prekey is not signed by its identity', () => {
    const bundle = SignalDevice.generate().mintBundle();
    const forged = { ...bundle, identityKey: KeyPair.generate().publicKey };
    expect(() => SignalDevice.generate().startSession('x', forged)).toThrow(
      expect.objectContaining({ code: 'bad-signature' }),
    );
  });

  test('has no session with strangers', () => {
    const ann = SignalDevice.generate();
    expect(() => ann.encrypt('bob', text('x'))).toThrow(expect.objectContaining({ code: 'no-session' }));
    const { ann: other } = acquainted();
    other.startSession('c', SignalDevice.generate().mintBundle());
    const bytes = Buffer.concat([Buffer.of(0x33), Buffer.alloc(60)]);
    expect(() => ann.decrypt('bob', 'msg', bytes)).toThrow(ProtocolError);
  });

  test('tells a duplicate from damage', () => {
    const { ann, bob } = acquainted();
    open(ann, 'bob', bob.encrypt('ann', text('answer')));
    const message = ann.encrypt('bob', text('x'));
    expect(open(bob, 'ann', message)).toBe('x');
    expect(() => open(bob, 'ann', message)).toThrow(DuplicateMessageError);
    const next = ann.encrypt('bob', text('y'));
    next.ciphertext[next.ciphertext.length - 1]! ^= 1;
    expect(() => open(bob, 'ann', next)).toThrow(UndecryptableMessageError);
  });

  test('a damaged message changes nothing: the true one still decrypts', () => {
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), fc.boolean(), (at, xor, turn) => {
        const { ann, bob } = acquainted();
        if (turn) open(ann, 'bob', bob.encrypt('ann', text('answer')));
        const message = ann.encrypt('bob', text('precious'));
        const damaged = Buffer.from(message.ciphertext);
        damaged[at % damaged.length]! ^= xor;
        const before = JSON.stringify(bob);
        try {
          // Bytes nobody covers (low version half, registration id) may change without harm.
          expect(bob.decrypt('ann', message.type, damaged).toString()).toBe('precious');
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError);
          expect(JSON.stringify(bob)).toBe(before);
          expect(open(bob, 'ann', message)).toBe('precious');
        }
      }),
      { numRuns: 150 },
    );
  });

  test('keeps at most 2000 skipped keys of a chain and refuses jumps beyond', () => {
    const { ann, bob } = acquainted();
    const messages = Array.from({ length: 4003 }, (_, i) => ann.encrypt('bob', text(`${i}`)));
    expect(() => open(bob, 'ann', messages[2001]!)).toThrow(expect.objectContaining({ code: 'too-far-ahead' }));
    expect(open(bob, 'ann', messages[2000]!)).toBe('2000');
    expect(open(bob, 'ann', messages[0]!)).toBe('0');
    expect(open(bob, 'ann', messages[4001]!)).toBe('4001');
    expect(() => open(bob, 'ann', messages[1]!)).toThrow(DuplicateMessageError);
    expect(open(bob, 'ann', messages[2001]!)).toBe('2001');
    expect(bob.peerToJSON('ann')![0]!.receiving[0]!.skipped.length).toBeLessThanOrEqual(2000);
  });

  test('a new first message replaces the open session, the old one still decrypts', () => {
    const { ann, bob } = acquainted();
    open(ann, 'bob', bob.encrypt('ann', text('answer')));
    const late = ann.encrypt('bob', text('late'));
    ann.startSession('bob', bob.mintBundle());
    const fresh = ann.encrypt('bob', text('fresh'));
    expect(fresh.type).toBe('pkmsg');
    expect(open(bob, 'ann', fresh)).toBe('fresh');
    expect(bob.peerToJSON('ann')).toHaveLength(2);
    expect(open(bob, 'ann', late)).toBe('late');
    expect(open(ann, 'bob', bob.encrypt('ann', text('back')))).toBe('back');
  });

  test('both sides starting at once end up understanding each other', () => {
    const ann = SignalDevice.generate();
    const bob = SignalDevice.generate();
    ann.startSession('bob', bob.mintBundle());
    bob.startSession('ann', ann.mintBundle());
    const fromAnn = ann.encrypt('bob', text('a'));
    const fromBob = bob.encrypt('ann', text('b'));
    expect(open(bob, 'ann', fromAnn)).toBe('a');
    expect(open(ann, 'bob', fromBob)).toBe('b');
    for (let i = 0; i < 4; i++) {
      expect(open(bob, 'ann', ann.encrypt('bob', text(`a${i}`)))).toBe(`a${i}`);
      expect(open(ann, 'bob', bob.encrypt('ann', text(`b${i}`)))).toBe(`b${i}`);
    }
    expect(ann.encrypt('bob', text('x')).type).toBe('msg');
  });

  test('archives at most 40 sessions per peer', () => {
    const { ann, bob } = acquainted();
    for (let i = 0; i < 50; i++) {
      ann.startSession('bob', bob.mintBundle());
      open(bob, 'ann', ann.encrypt('bob', text('again')));
    }
    expect(bob.peerToJSON('ann')).toHaveLength(41);
    expect(bob.keysToJSON().usedPreKeys).toEqual([[1, 51]]);
  });

  test('notes used prekeys in any order', () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([1, 2, 3, 4, 5, 6, 7, 8]), (order) => {
        const bob = SignalDevice.generate();
        const bundles = Array.from({ length: 8 }, () => bob.mintBundle());
        for (const id of order) {
          const ann = SignalDevice.generate();
          ann.startSession('bob', bundles[id - 1]!);
          open(bob, `ann${id}`, ann.encrypt('bob', text('hi')));
        }
        const used = bob
          .keysToJSON()
          .usedPreKeys.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => from + i));
        expect(used).toEqual(order.toSorted((a, b) => a - b));
      }),
      { numRuns: 10 },
    );
  });

  test('two devices understand each other under loss, reordering, duplicates and restarts', () => {
    const step = fc.record({
      sender: fc.boolean(),
      action: fc.constantFrom('send', 'send', 'deliver', 'deliver', 'duplicate', 'lose', 'restart', 'renew'),
      pick: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const devices = [SignalDevice.generate(), SignalDevice.generate()];
        const underway: Array<Array<EncryptedMessage & { plain: string }>> = [[], []];
        let sent = 0;
        for (const { sender, action, pick } of steps) {
          const me = sender ? 1 : 0;
          const queue = underway[1 - me]!;
          const peer = devices[1 - me]!;
          if (action === 'send') {
            if (!devices[me]!.hasSession('peer')) devices[me]!.startSession('peer', peer.mintBundle());
            const plain = `message ${sent++}`;
            queue.push({ ...devices[me]!.encrypt('peer', text(plain)), plain });
          } else if (action === 'renew') {
            devices[me]!.startSession('peer', peer.mintBundle());
          } else if (action === 'restart') {
            devices[me] = SignalDevice.fromJSON(JSON.parse(JSON.stringify(devices[me])));
          } else if (queue.length > 0) {
            const at = pick % queue.length;
            const message = queue[at]!;
            if (action !== 'duplicate') queue.splice(at, 1);
            if (action === 'lose') continue;
            expect(open(peer, 'peer', message)).toBe(message.plain);
            if (action === 'duplicate') {
              queue.splice(at, 1);
              expect(() => open(peer, 'peer', message)).toThrow(DuplicateMessageError);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  test('answers random bytes with a ProtocolError', () => {
    const { ann, bob } = acquainted();
    open(ann, 'bob', bob.encrypt('ann', text('answer')));
    const random = fc.uint8Array({ maxLength: 300 });
    fc.assert(
      fc.property(random, fc.constantFrom('pkmsg' as const, 'msg' as const), fc.boolean(), (bytes, type, versioned) => {
        const ciphertext = versioned ? Buffer.from([0x33, ...bytes]) : Buffer.from(bytes);
        expect(() => bob.decrypt('ann', type, ciphertext)).toThrow(ProtocolError);
      }),
      { numRuns: 2000 },
    );
  });

  test('refuses a stored form it does not know', () => {
    for (const state of [{}, { keys: { v: 2 }, peers: {} }, { keys: { v: 1 }, peers: {} }]) {
      expect(() => SignalDevice.fromJSON(state as never)).toThrow(expect.objectContaining({ code: 'malformed-state' }));
    }
  });
});

describe('message padding', () => {
  test('is 1 to 16 bytes and comes off again', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
        const plain = Buffer.from(bytes);
        const padded = padMessage(plain, randomBytes);
        expect(padded.length - plain.length).toBeGreaterThanOrEqual(1);
        expect(padded.length - plain.length).toBeLessThanOrEqual(16);
        expect(unpadMessage(padded)).toEqual(plain);
      }),
    );
  });

  test('that is none is refused', () => {
    for (const bytes of [[], [0], [17, 17], [2], [1, 2, 9]]) {
      expect(() => unpadMessage(Buffer.from(bytes))).toThrow(expect.objectContaining({ code: 'malformed-message' }));
    }
  });
});
