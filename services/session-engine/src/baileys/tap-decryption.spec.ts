import type { BinaryNode, SocketConfig } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { createDecryptionTap } from './tap-decryption.ts';

const ciphertext = Buffer.from('secret');
const stanza: BinaryNode = {
  tag: 'message',
  attrs: { id: '3A' },
  content: [{ tag: 'enc', attrs: {}, content: ciphertext }],
};
const base = (() => ({
  decryptMessage: async () => Buffer.from('plain'),
  decryptGroupMessage: async () => Buffer.from('group'),
})) as unknown as SocketConfig['makeSignalRepository'];
const decryptWith = (tap: ReturnType<typeof createDecryptionTap>) => {
  const repository = tap.makeSignalRepository({} as never, {} as never);
  return repository.decryptMessage({ jid: '1@s.whatsapp.net', type: 'msg', ciphertext });
};

describe('A message', () => {
  it('is decrypted for Baileys only when it has been taken, so that its confirmation waits', async () => {
    const taken = Promise.withResolvers<void>();
    const seen: unknown[] = [];
    const tap = createDecryptionTap(async ({ attrs }, plaintext) => {
      seen.push([attrs.id, plaintext.toString()]);
      await taken.promise;
    }, base);
    tap.expect(stanza);
    let decrypted = false;
    const plaintext = decryptWith(tap).finally(() => {
      decrypted = true;
    });
    await new Promise(setImmediate);
    expect(seen).toEqual([['3A', 'plain']]);
    expect(decrypted).toBe(false);
    taken.resolve();
    expect((await plaintext).toString()).toBe('plain');
  });

  it('counts as not decrypted when it could not be taken', async () => {
    const tap = createDecryptionTap(() => Promise.reject(new Error('fenced')), base);
    tap.expect(stanza);
    await expect(decryptWith(tap)).rejects.toThrow('fenced');
  });

  it('that nobody expects passes', async () => {
    const tap = createDecryptionTap(() => Promise.reject(new Error('not expected')), base);
    expect((await decryptWith(tap)).toString()).toBe('plain');
  });
});
