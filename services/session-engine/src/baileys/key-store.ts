import { proto, type SignalDataSet, type SignalDataTypeMap, type SignalKeyStore } from '@whiskeysockets/baileys';
import type { SignalKeys } from '../signal-keys/signal-state.ts';
import { createPrivacyTokenLedger, type PrivacyTokenLedger } from './privacy-tokens.ts';

/** Our Signal keys in the form Baileys asks for, and the ledger of privacy tokens that rides on it. */
export function createKeyStore(keys: SignalKeys): { store: SignalKeyStore; privacyTokens: PrivacyTokenLedger } {
  const privacyTokens = createPrivacyTokenLedger(keys);
  const store: SignalKeyStore = {
    async get<T extends keyof SignalDataTypeMap>(type: T, ids: string[]) {
      const found = await keys.get(type, ids);
      if (type === 'tctoken') privacyTokens.noteRead(ids, found);
      if (type === 'app-state-sync-key') {
        // Stored as plain data; Baileys expects the protobuf class.
        for (const [id, value] of Object.entries(found)) {
          found[id] = proto.Message.AppStateSyncKeyData.fromObject(value as Record<string, unknown>);
        }
      }
      return found as { [id: string]: SignalDataTypeMap[T] };
    },
    // Not awaited, on purpose: the writer commits behind (docs/adr/0004).
    set: (data: SignalDataSet) => keys.set(data as Record<string, Record<string, unknown>>),
  };
  return { store, privacyTokens };
}
