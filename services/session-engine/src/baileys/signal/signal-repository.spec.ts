import {
  type AuthenticationCreds,
  addTransactionCapability,
  generateSignalPubKey,
  initAuthCreds,
  type SignalKeyStore,
} from '@whiskeysockets/baileys';
import { pino } from 'pino';
import { beforeAll, describe, expect, it } from 'vitest';
import { silenceLibsignal } from '../silence-libsignal.ts';
import { signalRepositoryOver } from './signal-repository.ts';

const logger = pino({ level: 'silent' });
const transactions = { maxCommitRetries: 1, delayBetweenTriesMs: 1 };

/** A store in memory that answers, as one with a database does, some turns later. */
function createStore(): SignalKeyStore {
  const values = new Map<string, unknown>();
  return {
    async get(type, ids) {
      await new Promise(setImmediate);
      return Object.fromEntries(
        ids.flatMap((id) => (values.has(`${type} ${id}`) ? [[id, values.get(`${type} ${id}`)]] : [])),
      ) as never;
    },
    set(data) {
      for (const [type, entries] of Object.entries(data)) {
        for (const [id, value] of Object.entries(entries ?? {})) values.set(`${type} ${id}`, value ?? undefined);
      }
    },
  };
}
function createParty(user: string) {
  const creds: AuthenticationCreds = initAuthCreds();
  const store = createStore();
  const keys = addTransactionCapability(store, logger, transactions);
  const repository = signalRepositoryOver(store)({ creds, keys }, logger);
  const publicKey = (key: Uint8Array) => generateSignalPubKey(key);
  return {
    repository,
    keys,
    pn: `${user}@s.whatsapp.net`,
    lid: `9${user}@lid`,
    bundle: {
      registrationId: creds.registrationId,
      identityKey: publicKey(creds.signedIdentityKey.public),
      signedPreKey: {
        keyId: creds.signedPreKey.keyId,
        publicKey: publicKey(creds.signedPreKey.keyPair.public),
        signature: creds.signedPreKey.signature,
      },
    },
  };
}
async function createPair() {
  const [ann, ben] = [createParty('101'), createParty('102')];
  for (const { repository } of [ann, ben]) {
    await repository.lidMapping.storeLIDPNMappings([ann, ben].map(({ pn, lid }) => ({ pn, lid })));
  }
  await ann.repository.injectE2ESession({ jid: ben.lid, session: ben.bundle });
  return { ann, ben };
}

beforeAll(() => silenceLibsignal());

describe('The Signal repository', () => {
  it('has one session with a peer, whether named by number or by LID', async () => {
    const { ann, ben } = await createPair();
    expect(await ann.repository.validateSession(ben.pn)).toEqual({ exists: true });
    expect(await ann.repository.validateSession(ben.lid)).toEqual({ exists: true });
    expect(await ben.repository.validateSession(ann.pn)).toMatchObject({ exists: false });
    for (const jid of [ben.pn, ben.lid, ben.pn]) {
      const { type, ciphertext } = await ann.repository.encryptMessage({ jid, data: Buffer.from('hello') });
      const text = await ben.repository.decryptMessage({ jid: ann.lid, type, ciphertext });
      expect(Buffer.from(text).toString()).toBe('hello');
    }
  });

  it('refuses to encrypt without a session as Baileys does', async () => {
    const { ann, ben } = await createPair();
    const data = Buffer.from('x');
    await expect(ben.repository.encryptMessage({ jid: ann.pn, data })).rejects.toThrow('No sessions');
  });

  it('never sets a chain back when messages cross, inside a transaction of Baileys or not', async () => {
    const { ann, ben } = await createPair();
    const hello = await ann.repository.encryptMessage({ jid: ben.pn, data: Buffer.from('hello') });
    await ben.repository.decryptMessage({ jid: ann.lid, ...hello });
    const sendAll = () =>
      ann.keys.transaction(
        () =>
          Promise.all(
            Array.from({ length: 5 }, (_, n) =>
              ann.repository.encryptMessage({ jid: ben.pn, data: Buffer.from(`from ann ${n}`) }),
            ),
          ),
        'the account',
      );
    const received = new Set<string>();
    for (let round = 0; round < 5; round++) {
      const crossing = await Promise.all(
        Array.from({ length: 3 }, (_, n) =>
          ben.repository.encryptMessage({ jid: ann.lid, data: Buffer.from(`from ben ${n}`) }),
        ),
      );
      const decrypting = crossing.map((message) => ann.repository.decryptMessage({ jid: ben.lid, ...message }));
      const sent = await sendAll();
      expect((await Promise.all(decrypting)).map(String)).toHaveLength(3);
      for (const message of sent) {
        const text = await ben.repository.decryptMessage({ jid: ann.lid, ...message });
        received.add(`${round} ${Buffer.from(text)}`);
      }
    }
    expect(received.size).toBe(25);
  });
});
