/**
 * The Signal side of one socket, put into Baileys through its option `makeSignalRepository`. It is Baileys' own repository but for what
 * the way out takes: looking for a session, opening one, and encryption.
 *
 * It also writes to the key store directly instead of through Baileys' transactions. Those are named by whoever asks (the account when
 * sending, the peer when receiving) and write back whole records when they end, so that a message received while another is sent
 * to the same peer could set back its sending chain. Here whatever reads and writes a session holds the lock of that session.
 */
import type { KeyObject } from 'node:crypto';
import {
  DEFAULT_CONNECTION_CONFIG,
  generateSignalPubKey,
  isHostedLidUser,
  isLidUser,
  type SignalAuthState,
  type SignalKeyStore,
  type SignalKeyStoreWithTransaction,
  type SocketConfig,
} from '@whiskeysockets/baileys';
import { createEncryptMessage } from './encrypt-message.ts';
import { createKeyedLock } from './keyed-lock.ts';
import { openSession } from './open-session.ts';
import { currentVersion, openSessionOf, type SessionRecord } from './session-record.ts';
import { generateKeyPair, importPrivateKey } from './x25519.ts';

type MakeSignalRepository = SocketConfig['makeSignalRepository'];

const maxKnownAddresses = 10_000;
const sessionsBetweenTurns = 8;

/** `keys`: the store itself, where Baileys would hand over its transactions around it. */
export const signalRepositoryOver =
  (keys: SignalKeyStore): MakeSignalRepository =>
  ({ creds }, logger, lookUpLids) =>
    createSignalRepository({ creds, keys }, logger, lookUpLids);

function createSignalRepository(
  { creds, keys }: { creds: SignalAuthState['creds']; keys: SignalKeyStore },
  ...rest: [Parameters<MakeSignalRepository>[1], Parameters<MakeSignalRepository>[2]]
): ReturnType<MakeSignalRepository> {
  const locks = createKeyedLock();
  const store: SignalKeyStoreWithTransaction = {
    get: (type, ids) => keys.get(type, ids),
    set: (data) => keys.set(data),
    transaction: (work, key) => locks.run(`transaction ${key}`, work),
    isInTransaction: () => false,
  };
  const original = DEFAULT_CONNECTION_CONFIG.makeSignalRepository({ creds, keys: store }, ...rest);
  const { lidMapping } = original;
  const encrypt = createEncryptMessage({
    publicKey: Buffer.from(generateSignalPubKey(creds.signedIdentityKey.public)),
    registrationId: creds.registrationId,
  });

  /** Sessions are kept under the LID of the peer, whatever it was addressed by. */
  // A Map, since an LRU cache of this size takes 280 kB before it holds anything, in every socket.
  const addresses = new Map<string, string>();
  const storeMappings = lidMapping.storeLIDPNMappings.bind(lidMapping);
  lidMapping.storeLIDPNMappings = async (pairs) => {
    await storeMappings(pairs);
    addresses.clear();
  };
  async function addressOf(jid: string): Promise<string> {
    const known = addresses.get(jid);
    if (known !== undefined) return known;
    if (isLidUser(jid) || isHostedLidUser(jid)) return original.jidToSignalProtocolAddress(jid);
    const lid = await lidMapping.getLIDForPN(jid);
    const address = original.jidToSignalProtocolAddress(lid ?? jid);
    // Without a LID it may get one any time, by ways that do not pass here.
    if (lid === null) return address;
    // Sessions that write to so many start over.
    if (addresses.size >= maxKnownAddresses) addresses.clear();
    addresses.set(jid, address);
    return address;
  }
  async function load(address: string): Promise<SessionRecord | undefined> {
    const { [address]: record } = await keys.get('session', [address]);
    return record as SessionRecord | undefined;
  }
  // Baileys' type says bytes; libsignal's records are objects.
  const save = async (address: string, record: SessionRecord): Promise<void> => {
    await keys.set({ session: { [address]: record as unknown as Uint8Array } });
  };
  let opened = 0;
  let ownIdentity: KeyObject | undefined;

  return {
    ...original,
    async encryptMessage({ jid, data }) {
      const address = await addressOf(jid);
      return locks.run(address, async () => {
        const record = await load(address);
        const encrypted = record && encrypt(record, data);
        if (!encrypted) return original.encryptMessage({ jid, data });
        await save(address, encrypted.record);
        return { type: encrypted.type, ciphertext: encrypted.ciphertext };
      });
    },
    async decryptMessage(message) {
      return locks.run(await addressOf(message.jid), () => original.decryptMessage(message));
    },
    async injectE2ESession({ jid, session: bundle }) {
      // Many come in one answer, each half a millisecond of work: other sessions get their turn in between.
      if (++opened % sessionsBetweenTurns === 0) await new Promise(setImmediate);
      const address = await addressOf(jid);
      await locks.run(address, async () => {
        const known = await load(address);
        // Old forms are migrated by libsignal alone.
        if (known && known.version !== currentVersion) return original.injectE2ESession({ jid, session: bundle });
        ownIdentity ??= importPrivateKey(creds.signedIdentityKey.private);
        const record = openSession({ record: known, bundle, ownIdentity, generateKeyPair, nowMs: Date.now() });
        await save(address, record);
      });
    },
    async validateSession(jid) {
      const record = await load(await addressOf(jid));
      if (!record) return { exists: false, reason: 'no session' };
      const isOpen = typeof openSessionOf(record)?.entry.registrationId === 'number';
      return isOpen ? { exists: true } : { exists: false, reason: 'no open session' };
    },
  };
}
