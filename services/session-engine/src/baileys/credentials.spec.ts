import { initAuthCreds } from '@whiskeysockets/baileys';
import { expect, it } from 'vitest';
import { isPaired, restoreCredentials, snapshotCredentials } from './credentials.ts';

const me = { id: '15551230001@s.whatsapp.net', name: '~' };

it('credentials of a linked device come back as they were stored', () => {
  const creds = { ...initAuthCreds(), me, account: { details: Buffer.from('signed by the phone') } };
  const restored = restoreCredentials(snapshotCredentials(creds));
  expect(isPaired(restored)).toBe(true);
  expect(restored.noiseKey).toEqual(creds.noiseKey);
});

it('credentials of a pairing code that nobody typed are thrown away', () => {
  const creds = { ...initAuthCreds(), me, pairingCode: 'ABCD1234' };
  const restored = restoreCredentials(snapshotCredentials(creds));
  expect(restored.me).toBeUndefined();
  expect(restored.noiseKey).not.toEqual(creds.noiseKey);
});
