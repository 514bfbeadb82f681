import { type AuthenticationCreds, Curve, generateOrGetPreKeys, initAuthCreds } from '@whiskeysockets/baileys';
import { describe, expect, it } from 'vitest';
import { restoreCredentials, snapshotCredentials } from '../credentials.ts';
import { createKeyPairMaker, type PreKeyPair } from './create-key-pair-maker.ts';
import { preparePreKeys } from './prepare-pre-keys.ts';

const paired = (more: Partial<AuthenticationCreds> = {}) =>
  snapshotCredentials({ ...initAuthCreds(), account: { details: Buffer.from('x') }, ...more });
function ports() {
  const stored: Record<string, unknown> = {};
  const saved: Buffer[] = [];
  const keys = {
    set: (changes: Record<string, Record<string, unknown>>) => void Object.assign(stored, changes['pre-key']),
    saveCreds: (snapshot: Buffer) => void saved.push(snapshot),
  };
  return { stored, saved, keys };
}
const pair = { private: Buffer.alloc(32, 1), public: Buffer.alloc(32, 2) };
const maker = { make: async (count: number) => Array.from({ length: count }, () => pair) };

describe('The prekeys of a device', () => {
  it('that was just linked are there before its first login, and Baileys makes none', async () => {
    const { stored, saved, keys } = ports();
    const prepared = await preparePreKeys(paired(), keys, maker);
    expect(Object.keys(stored)).toHaveLength(812);
    expect(stored['812']).toBe(pair);
    expect(saved).toEqual([prepared]);
    const creds = restoreCredentials(prepared);
    expect(generateOrGetPreKeys(creds, 812)).toEqual({ newPreKeys: {}, lastPreKeyId: 812, preKeysRange: [1, 812] });
  });

  it.each([
    ['that logged in before', paired({ nextPreKeyId: 813, firstUnuploadedPreKeyId: 813 })],
    ['that is not linked yet', snapshotCredentials(initAuthCreds())],
    ['without credentials', undefined],
  ])('%s are left alone', async (_, credentials) => {
    const { stored, keys } = ports();
    expect(await preparePreKeys(credentials, keys, maker)).toBe(credentials);
    expect(stored).toEqual({});
  });
});

describe('Key pairs from the thread', () => {
  it('are pairs, each a different one, and come to whom asked for them', async () => {
    const made = createKeyPairMaker();
    const [some, more] = await Promise.all([made.make(3), made.make(2)]);
    await made.close();
    expect([some.length, more.length]).toEqual([3, 2]);
    const agree = (a: PreKeyPair, b: PreKeyPair) => Curve.sharedKey(a.private, b.public).toString('hex');
    for (const each of [...some, ...more]) expect(agree(each, some[0]!)).toBe(agree(some[0]!, each));
    expect(new Set([...some, ...more].map((each) => each.private.toString('hex'))).size).toBe(5);
  });

  it('are refused when the thread is closed', async () => {
    const made = createKeyPairMaker();
    const late = made.make(100_000);
    const refused = expect(late).rejects.toThrow('closed');
    await made.close();
    await refused;
  });
});
