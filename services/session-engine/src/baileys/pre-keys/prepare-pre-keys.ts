/**
 * Baileys makes 812 prekeys at the first login of a new device, in one go on the event loop. It makes only those that are missing
 * between two counters of the credentials, so they are made in a thread and put in their place before that login.
 */
import { INITIAL_PREKEY_COUNT } from '@whiskeysockets/baileys';
import type { SignalKeys } from '../../signal-keys/signal-state.ts';
import { isPaired, restoreCredentials, snapshotCredentials } from '../credentials.ts';
import type { KeyPairMaker } from './create-key-pair-maker.ts';

/** Credentials to log in with: as they were stored, or with counters that cover the new prekeys. */
export async function preparePreKeys(
  stored: Buffer | undefined,
  keys: Pick<SignalKeys, 'set' | 'saveCreds'>,
  maker: Pick<KeyPairMaker, 'make'>,
): Promise<Buffer | undefined> {
  if (stored === undefined) return undefined;
  const creds = restoreCredentials(stored);
  const isNewDevice = isPaired(creds) && creds.nextPreKeyId === 1 && creds.firstUnuploadedPreKeyId === 1;
  if (!isNewDevice) return stored;
  const pairs = await maker.make(INITIAL_PREKEY_COUNT);
  keys.set({ 'pre-key': Object.fromEntries(pairs.map((pair, index) => [String(index + 1), pair])) });
  creds.nextPreKeyId = pairs.length + 1;
  const prepared = snapshotCredentials(creds);
  keys.saveCreds(prepared);
  return prepared;
}
