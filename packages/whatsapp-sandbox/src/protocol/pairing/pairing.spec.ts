import { createCipheriv, randomBytes } from 'node:crypto';
import {
  aesDecryptCTR,
  aesEncryptCTR,
  type BinaryNode,
  derivePairingCodeKey as baileysPairingCodeKey,
  Curve,
  configureSuccessfulPairing,
  hkdf,
  initAuthCreds,
} from '@whiskeysockets/baileys';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KeyPair } from '../curve25519/x25519.ts';
import { advSignedDeviceIdentityCodec, advSignedDeviceIdentityHmacCodec } from '../messages/message-codecs.ts';
import { ProtocolError } from '../protocol-error.ts';
import { buildDeviceIdentity, verifyDeviceSignature } from './device-identity.ts';
import { derivePairingCodeKey, openKeyBundle, unwrapEphemeralKey, wrapEphemeralKey } from './pairing-code.ts';
import { parsePairingQr } from './pairing-qr.ts';

const malformed = expect.objectContaining({ code: 'malformed-pairing' });

describe('the QR text', () => {
  const keys = [randomBytes(32), randomBytes(32), randomBytes(32)];
  const parts = ['2@ref+/=', ...keys.map((key) => key.toString('base64'))];
  const expected = { ref: '2@ref+/=', noiseKey: keys[0], identityKey: keys[1], advSecret: keys[2] };

  test('is read as a link or bare, with or without platform', () => {
    expect(parsePairingQr(parts.join(','))).toEqual(expected);
    expect(parsePairingQr([...parts, '1'].join(','))).toEqual({ ...expected, platform: '1' });
    const link = `https://wa.me/settings/linked_devices#${[...parts, '1'].join(',')}`;
    expect(parsePairingQr(`${link}\n`)).toEqual({ ...expected, platform: '1' });
  });

  test('is refused when anything is missing or of the wrong size', () => {
    const bad = [
      '',
      'hello',
      parts.slice(0, 3).join(','),
      [...parts, '1', '2'].join(','),
      `,${parts.slice(1).join(',')}`,
    ];
    const short = [parts[0], parts[1], parts[2], randomBytes(31).toString('base64')].join(',');
    for (const qr of [...bad, short, 'x'.repeat(5000)]) expect(() => parsePairingQr(qr)).toThrow(malformed);
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), (qr) => {
        expect(() => parsePairingQr(qr)).toThrow(ProtocolError);
      }),
    );
  });
});

describe('the device identity', () => {
  const phoneIdentity = KeyPair.generate();
  const pair = () => {
    const creds = initAuthCreds();
    const companionIdentity = Buffer.from(creds.signedIdentityKey.public);
    const built = buildDeviceIdentity({
      phoneIdentity,
      companionIdentity,
      advSecret: Buffer.from(creds.advSecretKey, 'base64'),
      keyIndex: 3,
      rawId: 77,
      timestampSec: 1_790_000_000,
    });
    return { creds, companionIdentity, ...built };
  };
  const pairSuccess = (deviceIdentity: Buffer): BinaryNode => ({
    tag: 'iq',
    attrs: { id: '1' },
    content: [
      {
        tag: 'pair-success',
        attrs: {},
        content: [
          { tag: 'device-identity', attrs: {}, content: deviceIdentity },
          { tag: 'device', attrs: { jid: '1:3@s.whatsapp.net', lid: '2:3@lid' } },
        ],
      },
    ],
  });
  const replyOf = (node: BinaryNode): Buffer => {
    const sign = (node.content as BinaryNode[])[0]!;
    return Buffer.from((sign.content as BinaryNode[])[0]!.content as Uint8Array);
  };

  test('is accepted by Baileys, whose signature holds', () => {
    const { creds, companionIdentity, deviceIdentity, details } = pair();
    const { reply } = configureSuccessfulPairing(pairSuccess(deviceIdentity), creds);
    const given = {
      deviceIdentity: replyOf(reply),
      details,
      companionIdentity,
      phoneIdentity: phoneIdentity.publicKey,
    };
    expect(verifyDeviceSignature(given)).toBe(3);
  });

  test('is refused by Baileys under another ADV secret', () => {
    const { deviceIdentity } = pair();
    expect(() => configureSuccessfulPairing(pairSuccess(deviceIdentity), initAuthCreds())).toThrow();
  });

  test('carries an account signature by the phone', () => {
    const { deviceIdentity, details, companionIdentity } = pair();
    const signed = advSignedDeviceIdentityCodec.decode(
      advSignedDeviceIdentityHmacCodec.decode(deviceIdentity).details!,
    );
    expect(signed.accountSignatureKey).toEqual(phoneIdentity.publicKey);
    expect(signed.details).toEqual(details);
    expect(companionIdentity).toHaveLength(32);
  });

  test('needs the signature of this companion over these details', () => {
    const { creds, companionIdentity, deviceIdentity, details } = pair();
    const reply = replyOf(configureSuccessfulPairing(pairSuccess(deviceIdentity), creds).reply);
    const given = { deviceIdentity: reply, details, companionIdentity, phoneIdentity: phoneIdentity.publicKey };
    const { deviceSignature: _, ...unsigned } = advSignedDeviceIdentityCodec.decode(reply);
    const badSignature = expect.objectContaining({ code: 'bad-signature' });
    const withUnsigned = { ...given, deviceIdentity: advSignedDeviceIdentityCodec.encode(unsigned) };
    expect(() => verifyDeviceSignature(withUnsigned)).toThrow(badSignature);
    const stranger = KeyPair.generate().publicKey;
    expect(() => verifyDeviceSignature({ ...given, companionIdentity: stranger })).toThrow(badSignature);
    expect(() => verifyDeviceSignature({ ...given, phoneIdentity: stranger })).toThrow(badSignature);
    expect(() => verifyDeviceSignature({ ...given, details: pair().details.subarray(1) })).toThrow(malformed);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(() => verifyDeviceSignature({ ...given, deviceIdentity: Buffer.from(bytes) })).toThrow(ProtocolError);
      }),
    );
  });
});

describe('the pairing code', () => {
  const code = 'ABCD1234';

  test('wraps ephemeral keys as Baileys does, both ways', async () => {
    const key = KeyPair.generate().publicKey;
    const wrapped = await wrapEphemeralKey(code, key);
    const theirKey = await baileysPairingCodeKey(code, wrapped.subarray(0, 32));
    expect(await derivePairingCodeKey(code, wrapped.subarray(0, 32))).toEqual(theirKey);
    expect(aesDecryptCTR(wrapped.subarray(48, 80), theirKey, wrapped.subarray(32, 48))).toEqual(key);
    const [salt, iv] = [randomBytes(32), randomBytes(16)];
    const theirs = Buffer.concat([salt, iv, aesEncryptCTR(key, await baileysPairingCodeKey(code, salt), iv)]);
    expect(await unwrapEphemeralKey(code, theirs)).toEqual(key);
    expect(await unwrapEphemeralKey('WRONG123', theirs)).not.toEqual(key);
    await expect(unwrapEphemeralKey(code, theirs.subarray(1))).rejects.toThrow(malformed);
  });

  const companion = () => {
    const [ephemeral, identity] = [Curve.generateKeyPair(), Curve.generateKeyPair()];
    const [phoneEphemeral, phoneIdentity] = [KeyPair.generate(), KeyPair.generate()];
    // The companion's last step, as in lib/Socket/messages-recv.js.
    const shared = Curve.sharedKey(ephemeral.private, phoneEphemeral.publicKey);
    const [random, salt, iv] = [randomBytes(32), randomBytes(32), randomBytes(12)];
    const key = hkdf(shared, 32, { salt, info: 'link_code_pairing_key_bundle_encryption_key' });
    const cipher = createCipheriv('aes-256-gcm', key, iv);
    const sealed = Buffer.concat([
      cipher.update(Buffer.concat([identity.public, phoneIdentity.publicKey, random])),
      cipher.final(),
      cipher.getAuthTag(),
    ]);
    const identityShared = Curve.sharedKey(identity.private, phoneIdentity.publicKey);
    const advSecret = Buffer.from(hkdf(Buffer.concat([shared, identityShared, random]), 32, { info: 'adv_secret' }));
    const given = {
      wrappedKeyBundle: Buffer.concat([salt, iv, sealed]),
      phoneEphemeral,
      companionEphemeral: Buffer.from(ephemeral.public),
      phoneIdentity,
    };
    return { given, identity, advSecret };
  };

  test('leads both sides to the same ADV secret', () => {
    const { given, identity, advSecret } = companion();
    expect(openKeyBundle(given)).toEqual({ companionIdentity: identity.public, advSecret });
  });

  test('that was mistyped, or a bundle for another phone, is refused', () => {
    const { given } = companion();
    const wrongKey = { ...given, companionEphemeral: KeyPair.generate().publicKey };
    expect(() => openKeyBundle(wrongKey)).toThrow(malformed);
    expect(() => openKeyBundle({ ...given, phoneIdentity: KeyPair.generate() })).toThrow(malformed);
    expect(() => openKeyBundle({ ...given, wrappedKeyBundle: given.wrappedKeyBundle.subarray(1) })).toThrow(malformed);
    for (let i = 0; i < given.wrappedKeyBundle.length; i++) {
      const damaged = Buffer.from(given.wrappedKeyBundle);
      damaged[i]! ^= 1;
      expect(() => openKeyBundle({ ...given, wrappedKeyBundle: damaged })).toThrow(malformed);
    }
  });
});
