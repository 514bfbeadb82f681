import crypto, { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { speedUpRawKeyCiphers } from './raw-key-ciphers.ts';

const plain = { createCipheriv, createDecipheriv, createHmac };

describe('Ciphers with keys given as bytes', () => {
  it('do as before', () => {
    speedUpRawKeyCiphers();
    expect(crypto.createHmac).not.toBe(plain.createHmac);
    const [key, iv, text] = [randomBytes(32), randomBytes(12), randomBytes(100)];
    const seal = (create: typeof createCipheriv) => {
      const cipher = create('aes-256-gcm', key, iv);
      return Buffer.concat([cipher.update(text), cipher.final(), cipher.getAuthTag()]);
    };
    const sealed = seal(plain.createCipheriv);
    expect(seal(crypto.createCipheriv)).toEqual(sealed);
    const decipher = crypto.createDecipheriv('aes-256-gcm', key, iv);
    decipher.setAuthTag(sealed.subarray(-16));
    expect(Buffer.concat([decipher.update(sealed.subarray(0, -16)), decipher.final()])).toEqual(text);
    for (const length of [0, 1, 64, 65, 200]) {
      const macKey = randomBytes(length);
      const mac = (create: typeof createHmac) => create('sha256', macKey).update(text).digest('hex');
      expect(mac(crypto.createHmac)).toBe(mac(plain.createHmac));
    }
    expect(crypto.createHmac('sha256', 'a string').update('x').digest('hex')).toBe(
      plain.createHmac('sha256', 'a string').update('x').digest('hex'),
    );
  });

  it('refuse what they refused before', () => {
    speedUpRawKeyCiphers();
    const failureOf = (create: typeof createCipheriv, key: never) => {
      try {
        create('aes-256-cbc', key, Buffer.alloc(16));
        return undefined;
      } catch (error) {
        return (error as NodeJS.ErrnoException).code;
      }
    };
    for (const key of [Buffer.alloc(31), Buffer.alloc(0), 5, undefined, null] as never[]) {
      expect(failureOf(crypto.createCipheriv, key)).toBe(failureOf(plain.createCipheriv, key));
      expect(failureOf(crypto.createCipheriv, key)).toBeDefined();
    }
  });
});
