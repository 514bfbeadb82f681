import { createRequire } from 'node:module';
import { encodeWAMessage, proto, unpadRandomMax16 } from '@whiskeysockets/baileys';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { KeyPair, typedPublicKey } from '../curve25519/x25519.ts';
import { signXEdDsa } from '../curve25519/xeddsa.ts';
import { waMessageCodec } from '../messages/message-codecs.ts';
import { DuplicateMessageError } from '../protocol-error.ts';
import { padMessage, unpadMessage } from './message-padding.ts';
import type { PreKeyBundle } from './pre-key-bundle.ts';
import { type EncryptedMessage, SignalDevice } from './signal-device.ts';

// libsignal (the package Baileys uses) as the other side.
const libsignal = createRequire(import.meta.resolve('@whiskeysockets/baileys'))('libsignal');

class LibsignalDevice {
  readonly identity = KeyPair.generate();
  readonly registrationId = 4711;
  readonly #signedPreKey = KeyPair.generate();
  readonly #preKeys = new Map<number, KeyPair>();
  readonly #sessions = new Map<string, { serialize(): unknown }>();
  #nextPreKeyId = 1;
  readonly #store = {
    loadSession: (id: string) => this.#sessions.get(id),
    storeSession: (id: string, record: { serialize(): unknown }) => void this.#sessions.set(id, record),
    isTrustedIdentity: () => true,
    loadPreKey: (id: number) => this.#pair(this.#preKeys.get(id)),
    removePreKey: (id: number) => void this.#preKeys.delete(id),
    loadSignedPreKey: () => this.#pair(this.#signedPreKey),
    getOurRegistrationId: () => this.registrationId,
    getOurIdentity: () => this.#pair(this.identity),
  };

  bundle(withPreKey = true): PreKeyBundle {
    const id = this.#nextPreKeyId++;
    const preKey = KeyPair.generate();
    this.#preKeys.set(id, preKey);
    const signature = signXEdDsa(this.identity.privateKey, typedPublicKey(this.#signedPreKey.publicKey));
    return {
      registrationId: this.registrationId,
      identityKey: this.identity.publicKey,
      signedPreKey: { id: 9, publicKey: this.#signedPreKey.publicKey, signature },
      ...(withPreKey ? { preKey: { id, publicKey: preKey.publicKey } } : {}),
    };
  }

  async startSession(bundle: PreKeyBundle): Promise<void> {
    const key = ({ id, publicKey }: { id: number; publicKey: Buffer }) => ({
      keyId: id,
      publicKey: typedPublicKey(publicKey),
    });
    await new libsignal.SessionBuilder(this.#store, this.#address).initOutgoing({
      registrationId: bundle.registrationId,
      identityKey: typedPublicKey(bundle.identityKey),
      signedPreKey: { ...key(bundle.signedPreKey), signature: bundle.signedPreKey.signature },
      ...(bundle.preKey ? { preKey: key(bundle.preKey) } : {}),
    });
  }

  async encrypt(plaintext: Buffer): Promise<EncryptedMessage> {
    const { type, body } = await this.#cipher.encrypt(plaintext);
    return { type: type === 3 ? 'pkmsg' : 'msg', ciphertext: Buffer.from(body) };
  }

  async decrypt({ type, ciphertext }: EncryptedMessage): Promise<string> {
    const plain: Buffer =
      type === 'pkmsg'
        ? await this.#cipher.decryptPreKeyWhisperMessage(ciphertext)
        : await this.#cipher.decryptWhisperMessage(ciphertext);
    return plain.toString();
  }

  get #address(): unknown {
    return new libsignal.ProtocolAddress('ours', 0);
  }

  get #cipher() {
    return new libsignal.SessionCipher(this.#store, this.#address);
  }

  #pair(pair: KeyPair | undefined): { privKey: Buffer; pubKey: Buffer } | undefined {
    return pair && { privKey: pair.privateKey, pubKey: typedPublicKey(pair.publicKey) };
  }
}

const text = (value: string): Buffer => Buffer.from(value);

beforeAll(() => {
  // libsignal prints whole sessions when one is replaced.
  for (const method of ['info', 'warn', 'error'] as const) vi.spyOn(console, method).mockImplementation(() => {});
});
afterAll(() => vi.restoreAllMocks());

describe('our device and libsignal', () => {
  const open = (device: SignalDevice, { type, ciphertext }: EncryptedMessage): string =>
    device.decrypt('theirs', type, ciphertext).toString();
  const send = (device: SignalDevice, plain: string): EncryptedMessage => device.encrypt('theirs', text(plain));

  const weStart = (withPreKey = true): { ours: SignalDevice; theirs: LibsignalDevice } => {
    const ours = SignalDevice.generate();
    const theirs = new LibsignalDevice();
    ours.startSession('theirs', theirs.bundle(withPreKey));
    return { ours, theirs };
  };
  const theyStart = async (): Promise<{ ours: SignalDevice; theirs: LibsignalDevice }> => {
    const ours = SignalDevice.generate();
    const theirs = new LibsignalDevice();
    await theirs.startSession(ours.mintBundle());
    return { ours, theirs };
  };

  test.each([true, false])('talk when we write first (one-time prekey: %s)', async (withPreKey) => {
    const { ours, theirs } = weStart(withPreKey);
    for (const plain of ['first', 'second']) expect(await theirs.decrypt(send(ours, plain))).toBe(plain);
    expect(open(ours, await theirs.encrypt(text('answer')))).toBe('answer');
    const later = send(ours, 'third');
    expect(later.type).toBe('msg');
    expect(await theirs.decrypt(later)).toBe('third');
  });

  test('talk when they write first', async () => {
    const { ours, theirs } = await theyStart();
    const first = await theirs.encrypt(text('first'));
    expect(first.type).toBe('pkmsg');
    expect(open(ours, first)).toBe('first');
    expect(open(ours, await theirs.encrypt(text('second')))).toBe('second');
    expect(await theirs.decrypt(send(ours, 'answer'))).toBe('answer');
    const later = await theirs.encrypt(text('third'));
    expect(later.type).toBe('msg');
    expect(open(ours, later)).toBe('third');
  });

  test('turn the ratchet many times, with several messages each way and a restart in between', async () => {
    const { ours: started, theirs } = await theyStart();
    let ours = started;
    expect(open(ours, await theirs.encrypt(text('hi')))).toBe('hi');
    for (let turn = 0; turn < 12; turn++) {
      for (let i = 0; i <= turn % 3; i++)
        expect(await theirs.decrypt(send(ours, `o${turn}.${i}`))).toBe(`o${turn}.${i}`);
      ours = SignalDevice.fromJSON(JSON.parse(JSON.stringify(ours)));
      for (let i = 0; i <= turn % 4; i++) {
        expect(open(ours, await theirs.encrypt(text(`t${turn}.${i}`)))).toBe(`t${turn}.${i}`);
      }
    }
  });

  test('understand messages out of order, across ratchet turns', async () => {
    const { ours, theirs } = await theyStart();
    const early = await Promise.all(['a', 'b', 'c'].map((plain) => theirs.encrypt(text(plain))));
    expect(open(ours, early[2]!)).toBe('c');
    expect(await theirs.decrypt(send(ours, 'turn'))).toBe('turn');
    const next = [await theirs.encrypt(text('d')), await theirs.encrypt(text('e'))];
    expect(open(ours, next[1]!)).toBe('e');
    expect(open(ours, early[0]!)).toBe('a');
    expect(open(ours, next[0]!)).toBe('d');
    expect(open(ours, early[1]!)).toBe('b');

    const mine = ['1', '2', '3'].map((plain) => send(ours, plain));
    expect(await theirs.decrypt(mine[2]!)).toBe('3');
    expect(open(ours, await theirs.encrypt(text('turn')))).toBe('turn');
    const after = send(ours, '4');
    expect(await theirs.decrypt(after)).toBe('4');
    expect(await theirs.decrypt(mine[0]!)).toBe('1');
    expect(await theirs.decrypt(mine[1]!)).toBe('2');
  });

  test('both refuse a message read before', async () => {
    const { ours, theirs } = await theyStart();
    const first = await theirs.encrypt(text('once'));
    expect(open(ours, first)).toBe('once');
    expect(() => open(ours, first)).toThrow(DuplicateMessageError);
    const answer = send(ours, 'answer');
    expect(await theirs.decrypt(answer)).toBe('answer');
    await expect(theirs.decrypt(answer)).rejects.toThrow();
  });

  test('go on after either side starts anew', async () => {
    const { ours, theirs } = await theyStart();
    open(ours, await theirs.encrypt(text('hi')));
    await theirs.decrypt(send(ours, 'hello'));
    const late = await theirs.encrypt(text('late'));
    await theirs.startSession(ours.mintBundle());
    expect(open(ours, await theirs.encrypt(text('renewed')))).toBe('renewed');
    expect(open(ours, late)).toBe('late');
    expect(await theirs.decrypt(send(ours, 'back'))).toBe('back');
    ours.startSession('theirs', theirs.bundle());
    const first = send(ours, 'mine renewed');
    expect(first.type).toBe('pkmsg');
    expect(await theirs.decrypt(first)).toBe('mine renewed');
    expect(open(ours, await theirs.encrypt(text('fine')))).toBe('fine');
  });

  test('exchange padded WhatsApp messages as Baileys makes them', async () => {
    const { ours, theirs } = await theyStart();
    const theirText = await theirs.encrypt(encodeWAMessage({ extendedTextMessage: { text: 'from Baileys' } }));
    const opened = unpadMessage(ours.decrypt('theirs', theirText.type, theirText.ciphertext));
    expect(waMessageCodec.decode(opened)).toEqual({ extendedTextMessage: { text: 'from Baileys' } });
    const ourText = padMessage(waMessageCodec.encode({ conversation: 'from the sandbox' }));
    const padded = Buffer.from(await theirs.decrypt(ours.encrypt('theirs', ourText)), 'utf8');
    expect(proto.Message.decode(unpadRandomMax16(padded)).conversation).toBe('from the sandbox');
  });
});
